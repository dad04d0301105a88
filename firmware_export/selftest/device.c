/* eg_selftest on an emulated board: its finding as the output. */
#include "eg_selftest.h"
#include "port.h"

static eg_context context;

int main(void) {
    const char *text = eg_selftest_text(eg_selftest(&context));
    uint32_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    port_write(text, length);
    return 0;
}
