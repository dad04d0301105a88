/* A classifier that the runner of MLPerf Tiny (github.com/mlcommons/tiny, benchmark/runner) times, and whose energy it
 * measures with a power meter. What it prints must not be called an MLPerf result: those are reviewed, and there is none
 * for music.
 *
 * A command ends in '%' and is answered by lines, the last of which is m-ready:
 *
 *   name%            m-name-dut-[edgegenre]
 *   profile%         m-profile-[...], m-model-[edgegenre]: the entry of the runner's tests.yaml
 *   timestamp%       m-lap-us-N: microseconds, modulo 2**32
 *   db load N%       N bytes of input follow
 *   db HEX%          some of them, two digits each; m-load-done after the last one
 *   infer N W%       W windows to warm up, then N between two time stamps; m-results-[...]
 *   results%         the last m-results-[...] again
 *
 * What cannot be done is answered by e-[why]. The input is a window of features, int8 [EG_WINDOW_FRAMES][EG_FEATURES] row by
 * row, as it is of MLPerf's own keyword model: the window's samples would fill no microcontroller's RAM, nor pass a serial
 * port in less than a minute. So the front end is not in the figures. A result is logit - LEAST_LOGIT, never negative, as
 * the runner divides by the sum of all.
 *
 * The board brings the functions below; EG_CLIP_ONLY leaves out the memory that only continuous mode needs. Built with
 * MLPERF_ENERGY, a time stamp is a pulse on a pin, from which the runner's boards know when to measure, and no line.
 */
#include "edgegenre.h"

/* Prepare the serial port (8N1, 115200 baud or what the runner's devices.yaml says), the clock, and the pin: high. */
void board_start(void);

/* The next byte of the serial port; waits for it. Negative when none can come any more, which ends the program. */
int board_read(void);

void board_write(char character);

#ifdef MLPERF_ENERGY
/* Pull the pin low for at least a microsecond. */
void board_pulse(void);
#else
/* Since any moment, modulo 2**32. */
uint32_t board_microseconds(void);
#endif

#define INPUT_BYTES ((uint32_t)EG_WINDOW_FRAMES * EG_FEATURES)
#define COMMAND_CHARACTERS 80
#define MOST_WINDOWS 1000000u
#define LEAST_LOGIT (EG_WIDE_VECTORS ? -32768 : -128)

static eg_context context;
static int8_t input[INPUT_BYTES];
static uint32_t input_expected, input_loaded;
static int16_t logits[EG_CLASSES];
static int has_logits;

static void print(const char *text) {
    while (*text != 0) {
        board_write(*text++);
    }
}

static void print_number(uint32_t number) {
    char digits[11] = {0};
    uint32_t at = sizeof digits - 1;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    print(digits + at);
}

/* A line of a text, a number and another text. */
static void reply(const char *before, uint32_t number, const char *after) {
    print(before);
    print_number(number);
    print(after);
    print("\r\n");
}

static void reply_with_word(const char *before, const char *word) {
    print(before);
    print(word);
    print("]\r\n");
}

static int equal(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        a++, b++;
    }
    return *a == *b;
}

/* Cut the first word off `rest`: "" at its end. */
static const char *next_word(char **rest) {
    char *word = *rest;
    while (*word == ' ') {
        word++;
    }
    char *end = word;
    while (*end != 0 && *end != ' ') {
        end++;
    }
    *rest = *end == 0 ? end : end + 1;
    *end = 0;
    return word;
}

/* A decimal number of at most `most`; -1 for anything else. */
static int32_t number_of(const char *word, uint32_t most) {
    uint32_t number = 0;
    const char *at = word;
    for (; *at >= '0' && *at <= '9' && number <= most; at++) {
        number = 10 * number + (uint32_t)(*at - '0');
    }
    return at == word || *at != 0 || number > most ? -1 : (int32_t)number;
}

/* A hexadecimal digit's value; -1 for anything else. */
static int digit_of(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char small = (char)(digit | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

static void timestamp(void) {
#ifdef MLPERF_ENERGY
    board_pulse();
#else
    reply("m-lap-us-", board_microseconds(), "");
#endif
}

static void expect_input(const char *size) {
    const int32_t bytes = number_of(size, INPUT_BYTES);
    if (*size == 0) {
        print("e-[Command 'db load' requires the # of bytes]\r\n");
    } else if (bytes <= 0) {
        reply("e-[Command 'db load' must be >0 and at most ", INPUT_BYTES, " bytes]");
    } else {
        input_expected = (uint32_t)bytes, input_loaded = 0;
        reply("m-[Expecting ", input_expected, " bytes]");
    }
}

/* All of the digits are looked at before any of them counts. */
static void take_input(const char *digits) {
    uint32_t count = 0;
    for (; digits[count] != 0; count++) {
        if (digit_of(digits[count]) < 0) {
            const char digit[2] = {digits[count], 0};
            print("e-[Invalid hex digit '");
            reply_with_word(digit, "'");
            return;
        }
    }
    if (count % 2 != 0) {
        print("e-[Insufficient number of hex digits]\r\n");
    } else if (input_loaded == input_expected) {
        print("e-[Command 'db load' has to come before the bytes]\r\n");
    } else {
        for (uint32_t i = 0; i < count && input_loaded < input_expected; i += 2) {
            const int byte = digit_of(digits[i]) << 4 | digit_of(digits[i + 1]);
            input[input_loaded++] = (int8_t)(byte < 128 ? byte : byte - 256);
        }
        if (input_loaded == input_expected) {
            print("m-load-done\r\n");
        }
    }
}

static void buffer(char *rest) {
    const char *word = next_word(&rest);
    if (*word == 0) {
        print("e-[Command 'db' requires a subcommand]\r\n");
    } else if (equal(word, "load")) {
        expect_input(next_word(&rest));
    } else {
        take_input(word);
    }
}

static void results(void) {
    if (!has_logits) {
        print("e-[There was no inference yet]\r\n");
        return;
    }
    print("m-results-[");
    for (uint32_t i = 0; i < EG_CLASSES; i++) {
        print(i == 0 ? "" : ",");
        print_number((uint32_t)(logits[i] - LEAST_LOGIT));
    }
    print("]\r\n");
}

/* One window, from its features to its logits. */
static void infer_window(void) {
    eg_reset(&context);
    for (uint32_t row = 0; row < EG_WINDOW_FRAMES; row++) {
        while (!eg_push_features(&context, input + row * EG_FEATURES)) {
            eg_step(&context);
        }
    }
    while (eg_step(&context)) {
    }
    has_logits = eg_result(&context, logits) == EG_COMPLETE;
}

static void infer(char *rest) {
    const char *word = next_word(&rest);
    const int32_t windows = *word == 0 ? 1 : number_of(word, MOST_WINDOWS);
    word = next_word(&rest);
    const int32_t warmups = *word == 0 ? 10 : number_of(word, MOST_WINDOWS);
    if (windows <= 0) {
        reply("e-[Inference iterations must be >0 and at most ", MOST_WINDOWS, "]");
        return;
    }
    if (warmups < 0) {
        reply("e-[Inference warmup must be >=0 and at most ", MOST_WINDOWS, "]");
        return;
    }
    if (input_loaded != INPUT_BYTES) {
        reply("e-[The input has to be loaded first: ", INPUT_BYTES, " bytes]");
        return;
    }
    reply("m-warmup-start-", (uint32_t)warmups, "");
    for (int32_t i = 0; i < warmups; i++) {
        infer_window();
    }
    print("m-warmup-done\r\n");
    reply("m-infer-start-", (uint32_t)windows, "");
    timestamp();
    for (int32_t i = 0; i < windows; i++) {
        infer_window();
    }
    timestamp();
    print("m-infer-done\r\n");
    results();
}

static void obey(char *rest) {
    const char *word = next_word(&rest);
    if (equal(word, "name")) {
        print("m-name-dut-[edgegenre]\r\n");
    } else if (equal(word, "profile")) {
        print("m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[edgegenre]\r\n");
    } else if (equal(word, "timestamp")) {
        timestamp();
    } else if (equal(word, "db")) {
        buffer(rest);
    } else if (equal(word, "infer")) {
        infer(rest);
    } else if (equal(word, "results")) {
        results();
    } else if (*word != 0) {
        reply_with_word("e-[Unknown command: ", word);
    }
    print("m-ready\r\n");
}

/* What stands for a character of a command: line ends separate words, and only plain ASCII is ever printed again. */
static char plain(int character) {
    if (character == '\r' || character == '\n') {
        return ' ';
    }
    return (char)(character < ' ' || character > '~' ? '?' : character);
}

int main(void) {
    board_start();
    if (eg_init(&context, EG_CLIP) != 0) {
        print("e-[The program was built with other options than the library]\r\n");
        return 1;
    }
#ifdef MLPERF_ENERGY
    print("m-timestamp-mode-energy\r\n");
#else
    print("m-timestamp-mode-performance\r\n");
#endif
    timestamp();
    print("m-init-done\r\nm-ready\r\n");
    char command[COMMAND_CHARACTERS + 1];
    uint32_t length = 0;
    int character;
    while ((character = board_read()) >= 0) {
        if (character != '%') {
            command[length < COMMAND_CHARACTERS ? length : COMMAND_CHARACTERS] = plain(character);
            length += length <= COMMAND_CHARACTERS;
        } else if (length > COMMAND_CHARACTERS) {
            reply("e-[A command has at most ", COMMAND_CHARACTERS, " characters]");
            print("m-ready\r\n");
            length = 0;
        } else {
            command[length] = 0;
            length = 0;
            obey(command);
        }
    }
    return 0;
}
