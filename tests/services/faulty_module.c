/* A PKCS #11 module for tests: SoftHSM2 behind it does the work, until it shall fail.
 *
 * FAULTY_BEHIND  the module behind
 * FAULTY_STATE   a file with the number of wrong PINs in a row
 * FAULTY_HOW     "count": a token as they are sold, which flags its tries and locks for good at the third wrong PIN;
 *                "FUNCTION=CODE": a function (login, init, sign) answers with a code in hexadecimal digits;
 *                "pad": a token with keys of its own, at which FAULTY_PIN is typed;
 *                "without=MECHANISM…": it lacks those, in hexadecimal digits, with a space between;
 *                "FUNCTION=hang", "FUNCTION=crash", "FUNCTION=false" (sign: one bit is another), "FUNCTION=remove:FOLDER"
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;
typedef struct { unsigned char major, minor; void *call[68]; } functions_t;
typedef struct { unsigned char label[32], manufacturer[32], model[16], serial[16]; ulong_t flags; } token_info_t;
enum { GET_TOKEN_INFO = 6, GET_MECHANISM_LIST = 7, LOGIN = 18, SIGN_INIT = 42, SIGN = 43 };
enum { PROTECTED_PATH = 0x100, COUNT_LOW = 0x10000, FINAL_TRY = 0x20000, LOCKED = 0x40000 };
enum { PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4 };

static functions_t ours, *behind;

static const char *how(const char *function) {
    const char *all = getenv("FAULTY_HOW");
    size_t length = strlen(function);
    return all && !strncmp(all, function, length) && all[length] == '=' ? all + length + 1 : NULL;
}

static int is(const char *mode) { const char *all = getenv("FAULTY_HOW"); return all && !strcmp(all, mode); }
static int counts(void) { return is("count"); }

static int wrong(int set) {
    int number = 0;
    FILE *file = fopen(getenv("FAULTY_STATE"), set < 0 ? "r" : "w");
    if (!file) return 0;
    if (set < 0) { if (fscanf(file, "%d", &number) != 1) number = 0; }
    else fprintf(file, "%d", set);
    fclose(file);
    return number;
}

/* The code to answer with at once; 0 to go on. */
static ulong_t fail(const char *function) {
    const char *what = how(function);
    if (!what || !strcmp(what, "false")) return 0;
    if (!strcmp(what, "hang")) for (;;) pause();
    if (!strcmp(what, "crash")) abort();
    if (!strncmp(what, "remove:", 7)) {
        char command[4096];
        snprintf(command, sizeof command, "rm -rf '%s'", what + 7);
        return system(command) ? 5 : 0;
    }
    return strtoul(what, NULL, 16);
}

static ulong_t get_token_info(ulong_t slot, token_info_t *info) {
    ulong_t code = ((ulong_t (*)(ulong_t, token_info_t *)) behind->call[GET_TOKEN_INFO])(slot, info);
    if (!code && counts()) {
        int number = wrong(-1);
        info->flags &= ~(ulong_t) (COUNT_LOW | FINAL_TRY | LOCKED);
        if (number >= 1) info->flags |= COUNT_LOW;
        if (number == 2) info->flags |= FINAL_TRY;
        if (number >= 3) info->flags |= LOCKED;
    }
    if (!code && is("pad")) info->flags |= PROTECTED_PATH;
    return code;
}

static ulong_t get_mechanism_list(ulong_t slot, ulong_t *list, ulong_t *count) {
    ulong_t code = ((ulong_t (*)(ulong_t, ulong_t *, ulong_t *)) behind->call[GET_MECHANISM_LIST])(slot, list, count);
    const char *lacks = how("without");
    if (!code && list)
        for (char *end; lacks && *lacks; lacks = end) {
            ulong_t missing = strtoul(lacks, &end, 16);
            for (ulong_t place = 0; place < *count; place++)
                if (list[place] == missing) list[place] = 0x80000001; /* one of its maker's own */
        }
    return code;
}

static ulong_t login(ulong_t session, ulong_t user, unsigned char *pin, ulong_t length) {
    ulong_t code = fail("login");
    if (code) return code;
    if (counts() && wrong(-1) >= 3) return PIN_LOCKED;
    if (is("pad") && !pin) {
        pin = (unsigned char *) getenv("FAULTY_PIN");
        length = strlen((char *) pin);
    }
    code = ((ulong_t (*)(ulong_t, ulong_t, unsigned char *, ulong_t)) behind->call[LOGIN])(session, user, pin, length);
    if (counts() && code == PIN_INCORRECT) wrong(wrong(-1) + 1);
    if (counts() && !code) wrong(0);
    return code;
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key) {
    ulong_t code = fail("init");
    if (code) return code;
    return ((ulong_t (*)(ulong_t, void *, ulong_t)) behind->call[SIGN_INIT])(session, mechanism, key);
}

static ulong_t sign(ulong_t session, unsigned char *data, ulong_t size, unsigned char *signature, ulong_t *length) {
    ulong_t code = fail("sign");
    if (code) return code;
    code = ((ulong_t (*)(ulong_t, unsigned char *, ulong_t, unsigned char *, ulong_t *)) behind->call[SIGN])(
        session, data, size, signature, length);
    if (!code && signature && how("sign") && !strcmp(how("sign"), "false")) signature[*length - 1] ^= 1;
    return code;
}

ulong_t C_GetFunctionList(functions_t **list) {
    void *library = dlopen(getenv("FAULTY_BEHIND"), RTLD_NOW);
    ulong_t (*get)(functions_t **) = library ? (ulong_t (*)(functions_t **)) dlsym(library, "C_GetFunctionList") : NULL;
    if (!get || get(&behind)) return 5;
    ours = *behind;
    ours.call[GET_TOKEN_INFO] = get_token_info;
    ours.call[GET_MECHANISM_LIST] = get_mechanism_list;
    ours.call[LOGIN] = login;
    ours.call[SIGN_INIT] = sign_init;
    ours.call[SIGN] = sign;
    *list = &ours;
    return 0;
}
