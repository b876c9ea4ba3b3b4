/* senrt_main.h - the command line of a compiled network: pictures in, answers out. Library libsenrt-main.
 *
 *     extern const struct senrt_model mynet_model;
 *     int main(int argc, char **argv) { return senrt_main(&mynet_model, argc, argv); }
 *
 * Needs libsenrt, libjpeg, libpng, zlib and libm.
 */
#ifndef SENRT_MAIN_H
#define SENRT_MAIN_H

struct senrt_model;

/* What the program returns to its caller. */
enum senrt_exit {
    SENRT_EXIT_DONE = 0,    /* every input was answered */
    SENRT_EXIT_WRONG = 1,   /* an input or output failed; the other inputs were answered */
    SENRT_EXIT_USAGE = 2,   /* the command line is wrong */
    SENRT_EXIT_MACHINE = 3, /* this machine cannot run the network: CPU, memory or threads */
};

/* Answers on stdout (or -o), errors on stderr. Sets SIGPIPE to be ignored. Returns a senrt_exit. */
int senrt_main(const struct senrt_model *model, int argc, char **argv);

#endif
