/* cleanup.h - what must not be left behind: half-written files, temporary folders and running child processes.
 *
 * Files and folders that are registered here are removed, and registered children killed, when the process ends by exit, by
 * fatal_*, or by a signal that can be caught. They are registered and forgotten by the main thread.
 */
#ifndef SENC_BASE_CLEANUP_H
#define SENC_BASE_CLEANUP_H

#include "diag.h"

#include <signal.h>
#include <sys/types.h>

/* Catches the signals that would end the process (unless they are ignored). To be called once, by main. */
void cleanup_install(void);

/* No signal that others send is handled in this thread from hold to release: between the birth of a file or child and
 * its registration, and from the moment when the work is done. *out_signals is what was held before, and what a child
 * should begin with. A thread that is started meanwhile holds them all its life; so all threads must be but the main
 * one, or they would handle what that holds. */
void cleanup_hold(sigset_t *out_signals);
void cleanup_release(const sigset_t *signals);

/* Remembers a file or folder, also before it exists. The path is copied; too many at once is a bug. */
void cleanup_add_file(const char *path);

/* The file is whole and has its final name: forget it. */
void cleanup_forget_file(const char *path);

/* Removes the file, or the folder with its files, and forgets it. */
void cleanup_remove_file(const char *path);

/* A child that leads a process group of its own; on an early end the group is killed before files are removed. */
void cleanup_add_child(pid_t group);
void cleanup_forget_child(pid_t group); /* after it was waited for */

/* A new empty file in $TMPDIR (or /tmp) whose name ends in `suffix`, registered. NULL after a diagnostic. */
const char *cleanup_create_temporary(struct arena *arena, const char *suffix, struct diag *diag);

/* A new empty folder there, registered; for files only, which go with it. NULL after a diagnostic. */
const char *cleanup_create_folder(struct arena *arena, struct diag *diag);

#endif
