"""Copies of an executable. Where the system puts its pages in memory moves its times by up to 5 %, alike in every run of that
file; several copies that take turns are a fair sample."""
import pathlib
import shutil

COUNT = 3  # odd, so that each copy comes first and last in a round


def make(executable):
    """The executable itself and what else there is of it, in the same folder."""
    return [executable] + [shutil.copy(executable, "%s-%d" % (executable, number)) for number in range(1, COUNT)]


def remove(executables):
    for copy in executables[1:]:
        pathlib.Path(copy).unlink()
