"""Which computing device a network runs on."""

from enum import StrEnum

import torch

from core.errors import DeviceError


class DeviceChoice(StrEnum):
    """What a user can ask for."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


def choose_device(choice: DeviceChoice | str) -> torch.device:
    """The device for a choice; `auto` takes CUDA where it is. Raises DeviceError where CUDA is wanted and missing."""
    has_cuda = torch.cuda.is_available()
    if choice == DeviceChoice.CUDA and not has_cuda:
        raise DeviceError("No CUDA device can be used here. Use --device cpu, or look at `jointlight doctor`.")
    return torch.device("cuda" if has_cuda and choice != DeviceChoice.CPU else "cpu")


def device_text(device: torch.device) -> str:
    """The device in words, for the status bar and for reports."""
    return f"cuda: {torch.cuda.get_device_name(device)}" if device.type == "cuda" else "cpu"
