"""What a training frees stays with its process, so that no step waits for the system."""

import platform
import subprocess
import sys

import pytest

_SCRIPT = """
import resource, sys
import torch
from core.training.memory import keep_freed_memory

def new_pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def rounds(count):
    for _ in range(count):
        block = torch.zeros(64 * 2**18)  # 64 MB
        del block

if sys.argv[1] == "keep":
    assert keep_freed_memory()
rounds(20)
before = new_pages()
rounds(10)
print(new_pages() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told")
def test_a_large_block_that_was_freed_is_used_again() -> None:
    kept, given_back = (
        int(subprocess.run([sys.executable, "-c", _SCRIPT, how], capture_output=True, text=True, check=True).stdout)
        for how in ("keep", "leave")
    )
    assert kept < 50
    assert given_back > 200  # ten blocks of 32 huge pages or more
