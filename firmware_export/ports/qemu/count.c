/* A qemu plugin that counts instructions between marks in the guest, exactly and repeatably.
 *
 *   cc -O2 -fPIC -shared count.c -o count.so
 *   qemu-system-arm ... -plugin ./count.so,functions=functions.txt,out=counts.txt
 *
 * Marks are no-ops (ports/port.h): "mov r10, r10" begins and "mov r11, r11" ends in A32 and Thumb, "mov x27, x27" and
 * "mov x28, x28" in A64, "mv x26, x26" and "mv x27, x27" in RISC-V. Each end writes one line: the number of instructions strictly between the two, and how many of
 * them lie in each group of functions. functions.txt names these, a line each: the hexadecimal addresses of a function's
 * first byte and of the one behind its last, and its group, 1 or 2. Instructions are not cycles.
 *
 * Debian ships no header for plugins, so the few declarations needed (API version 1, qemu 4.2 to 8) are here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef struct {
    const char *target_name;
    struct {
        int min, cur;
    } version;
    bool system_emulation;
    int smp_vcpus, max_vcpus;
} qemu_info_t;

typedef void (*translate_callback_t)(qemu_plugin_id_t id, struct qemu_plugin_tb *block);
typedef void (*execute_callback_t)(unsigned int cpu, void *data);
typedef void (*exit_callback_t)(qemu_plugin_id_t id, void *data);

enum { NO_REGISTERS = 0, INLINE_ADD_U64 = 0 };

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, translate_callback_t callback);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction, execute_callback_t callback,
                                                   int flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *instruction, int operation, void *place,
                                                       uint64_t value);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exit_callback_t callback, void *data);

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int qemu_plugin_version = 1;

typedef enum { NO_MARK, BEGIN, END } mark_t;

enum { ALL, GROUPS = 3, MOST_FUNCTIONS = 64 };

typedef struct {
    uint64_t begin, end;
    unsigned int group;
} function_t;

/* Instructions executed: all, then by group. */
static uint64_t executed[GROUPS], started[GROUPS];
static function_t functions[MOST_FUNCTIONS];
static size_t function_count;
static uint32_t begin_word, end_word;
static bool has_thumb;
static FILE *output;

static void begin(unsigned int cpu, void *data) {
    (void)cpu, (void)data;
    memcpy(started, executed, sizeof started);
}

static void end(unsigned int cpu, void *data) {
    (void)cpu, (void)data;
    for (unsigned int group = ALL; group < GROUPS; group++) {
        fprintf(output, "%" PRIu64 "%c", executed[group] - started[group], group + 1 < GROUPS ? ' ' : '\n');
    }
}

static unsigned int group_of(struct qemu_plugin_insn *instruction) {
    const uint64_t address = qemu_plugin_insn_vaddr(instruction);
    for (size_t i = 0; i < function_count; i++) {
        if (functions[i].begin <= address && address < functions[i].end) {
            return functions[i].group;
        }
    }
    return ALL;
}

static bool read_functions(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    function_t *next = functions;
    while (next < functions + MOST_FUNCTIONS &&
           fscanf(file, "%" SCNx64 " %" SCNx64 " %u", &next->begin, &next->end, &next->group) == 3 &&
           next->group < GROUPS) {
        next++;
    }
    const bool complete = feof(file);
    function_count = (size_t)(next - functions);
    fclose(file);
    return complete;
}

static mark_t mark_of(struct qemu_plugin_insn *instruction) {
    const void *bytes = qemu_plugin_insn_data(instruction);
    if (qemu_plugin_insn_size(instruction) == 2) {
        uint16_t thumb;
        memcpy(&thumb, bytes, sizeof thumb);
        return !has_thumb ? NO_MARK : thumb == 0x46D2 ? BEGIN : thumb == 0x46DB ? END : NO_MARK;
    }
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word == begin_word ? BEGIN : word == end_word ? END : NO_MARK;
}

/* Those of 32 bits; the ones of 16 are Thumb's alone. */
static void choose_marks(const char *processor) {
    if (strcmp(processor, "aarch64") == 0) {
        begin_word = 0xAA1B03FBu, end_word = 0xAA1C03FCu;
    } else if (strncmp(processor, "riscv", 5) == 0) {
        begin_word = 0x000D0D13u, end_word = 0x000D8D93u;
    } else {
        begin_word = 0xE1A0A00Au, end_word = 0xE1A0B00Bu, has_thumb = true;
    }
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        const mark_t mark = mark_of(instruction);
        if (mark == NO_MARK) {
            const unsigned int group = group_of(instruction);
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, INLINE_ADD_U64, &executed[ALL], 1);
            if (group != ALL) {
                qemu_plugin_register_vcpu_insn_exec_inline(instruction, INLINE_ADD_U64, &executed[group], 1);
            }
        } else {
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, mark == BEGIN ? begin : end, NO_REGISTERS, NULL);
        }
    }
}

static void finished(qemu_plugin_id_t id, void *data) {
    (void)id, (void)data;
    fclose(output);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **arguments) {
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "out=", 4) == 0) {
            output = fopen(arguments[i] + 4, "w");
        } else if (strncmp(arguments[i], "functions=", 10) == 0 && !read_functions(arguments[i] + 10)) {
            fprintf(stderr, "count: %s cannot be read\n", arguments[i] + 10);
            return 1;
        }
    }
    if (output == NULL) {
        fprintf(stderr, "count: give out=FILE, a file that can be written\n");
        return 1;
    }
    choose_marks(info->target_name);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
