"""Which computing device a network runs on."""

import torch

from core.errors import DeviceError


def choose_device(choice: str) -> torch.device:
    """The device for auto (CUDA where it is), cpu or cuda. Raises DeviceError where CUDA is wanted and missing."""
    has_cuda = torch.cuda.is_available()
    if choice == "cuda" and not has_cuda:
        raise DeviceError("No CUDA device can be used here. Use --device cpu, or look at `jointlight doctor`.")
    return torch.device("cuda" if has_cuda and choice != "cpu" else "cpu")


def device_text(device: torch.device) -> str:
    """The device in words, for the status bar and for reports."""
    return f"cuda: {torch.cuda.get_device_name(device)}" if device.type == "cuda" else "cpu"
