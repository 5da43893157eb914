"""A data set's files, found but not yet read, and the one way to read them all: in chunks, cached, over processes.

At the size of NTU RGB+D (57,000 files of text) reading takes minutes. Each chunk is put into the cache as soon as it
is parsed, so that a run that was interrupted goes on where it stopped.
"""

import hashlib
import logging
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.datasets.cache import SCHEMA_VERSION, Chunk, clear_abandoned, read_chunk, write_chunk
from core.datasets.dataset import Dataset, Progress, Sample, Split
from core.errors import DataError, OutputError
from core.processes import process_count, processor_count

_CHUNK_FILES = 512
_POOL_CHUNKS = 4  # fewer are read sooner than processes start

log = logging.getLogger(__name__)
Reader = Callable[[Path], tuple[Sample, ...]]


class OnBroken(StrEnum):
    """What happens when a file cannot be read."""

    SKIP = "skip"  # it is named in Dataset.skipped and left out
    REFUSE = "refuse"  # the data set is not read


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Collection:
    """The files of a data set in a folder.

    `read` takes one of the files to the samples in it and raises DataError naming the file; it can be pickled.
    `version` counts up whenever `read` gives something else, so that no stale cache is used.
    """

    name: str
    version: int
    folder: Path
    files: tuple[Path, ...]
    read: Reader
    actions: tuple[str, ...]
    splits: tuple[Split, ...]
    terms: str
    excluded: int = 0  # files that the makers of the data set leave out
    survives_mirror: bool = False  # every action seen in a mirror is still that action


def read_collection(
    collection: Collection,
    *,
    on_broken: OnBroken = OnBroken.SKIP,
    cache: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read all files of a collection, those in the cache from there.

    Args:
        collection: what to read.
        on_broken: whether broken files are skipped and named or end it.
        cache: folder of parsed data sets; None reads every file and keeps nothing.
        workers: processes; by default as many as there are processors where there is much to read.
        progress: told how many of the files are done.

    Raises DataError where no file can be read, or a file cannot be and on_broken is REFUSE.
    """
    tell = progress or (lambda _done, _total: None)
    place = None if cache is None else _place(collection, cache)
    chunks: dict[int, Chunk] = {}
    for number, chunk in _chunks(collection, place, workers, tell):
        chunks[number] = chunk
        if chunk.skipped and on_broken is OnBroken.REFUSE:
            raise DataError(f"{chunk.skipped[0]} Nothing was read, since broken files are refused.")
    if place is not None and place.is_dir():
        clear_abandoned(place.parent, keep=place.name)
    skipped = tuple(reason for number in sorted(chunks) for reason in chunks[number].skipped)
    samples = tuple(sample for number in sorted(chunks) for sample in chunks[number].samples)
    if not samples:
        raise DataError(f"None of the {len(collection.files)} files of {collection.name} can be read: {skipped[0]}")
    return Dataset(
        name=collection.name,
        actions=collection.actions,
        samples=samples,
        skipped=skipped,
        splits=collection.splits,
        terms=collection.terms,
        excluded=collection.excluded,
        in_mirror=tuple(range(len(collection.actions))) if collection.survives_mirror else (),
    )


def _chunks(
    collection: Collection, place: Path | None, workers: int | None, tell: Progress
) -> Iterator[tuple[int, Chunk]]:
    """Numbered chunks as they become ready: the cached ones, then the others."""
    files, total, done = collection.files, len(collection.files), 0
    parts = [files[start : start + _CHUNK_FILES] for start in range(0, total, _CHUNK_FILES)]
    folders = [None if place is None else place / f"{number:05d}" for number in range(len(parts))]
    missing = []
    for number, folder in enumerate(folders):
        cached = None if folder is None else read_chunk(folder)
        if cached is None:
            missing.append(number)
            continue
        done += len(parts[number])
        tell(done, total)
        yield number, cached
    if workers is None:
        workers = processor_count() if len(missing) >= _POOL_CHUNKS else 1
    if workers > 1 and missing:
        jobs = {number: (parts[number], collection.read, folders[number]) for number in missing}
        for number, chunk in _in_processes(jobs, workers=process_count(workers, pieces=len(missing))):
            done += len(parts[number])
            tell(done, total)
            yield number, chunk
        return
    for number in missing:
        chunk = _parse(parts[number], collection.read, tell=_from(done, total, tell))
        done += len(parts[number])
        yield number, _keep(chunk, folders[number]) or chunk


def _from(before: int, total: int, tell: Progress) -> Callable[[int], None]:
    return lambda count: tell(before + count, total)


Job = tuple[Sequence[Path], Reader, Path | None]


def _in_processes(jobs: Mapping[int, Job], *, workers: int) -> Iterator[tuple[int, Chunk]]:
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads of torch and Qt in an unknown state
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        running = {pool.submit(_work, job): number for number, job in jobs.items()}
        try:
            for future in as_completed(running):
                number = running.pop(future)  # frees what came back
                folder = jobs[number][2]
                chunk = future.result() or (read_chunk(folder) if folder is not None else None)
                yield number, chunk or _parse(jobs[number][0], jobs[number][1])
        except BrokenProcessPool as error:  # killed from outside, mostly for memory
            raise DataError("A process that read files was ended. Run it again: what is read is kept.") from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl+C must not read the rest first
            raise


def _work(job: Job) -> Chunk | None:
    """In a worker process: parse and keep. Only what could not be kept goes back through the pipe."""
    files, read, folder = job
    chunk = _parse(files, read)
    return None if _keep(chunk, folder) else chunk


def _parse(files: Sequence[Path], read: Reader, *, tell: Callable[[int], None] | None = None) -> Chunk:
    samples: list[Sample] = []
    skipped: list[str] = []
    for count, path in enumerate(files, start=1):
        try:
            samples.extend(read(path))
        except DataError as error:
            skipped.append(str(error))
        if tell is not None:
            tell(count)
    return Chunk(samples=tuple(samples), skipped=tuple(skipped))


def _keep(chunk: Chunk, folder: Path | None) -> Chunk | None:
    """The chunk as it now lies in the cache; None without a cache, and where the disk does not take it."""
    if folder is None:
        return None
    try:
        write_chunk(folder, chunk)
    except OutputError as error:
        log.warning("Parsed files are not kept for next time: %s", error)
        return None
    return read_chunk(folder)


def _place(collection: Collection, cache: Path) -> Path:
    """Where the chunks lie: a folder for the data folder, in it one for the exact state of its files."""
    state = hashlib.sha256(f"{SCHEMA_VERSION} {collection.name} {collection.version} {_CHUNK_FILES}\n".encode())
    for path in collection.files:
        try:
            info = path.stat()
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror or error}).") from error
        state.update(f"{path.relative_to(collection.folder).as_posix()} {info.st_size} {info.st_mtime_ns}\n".encode())
    where = hashlib.sha256(str(collection.folder.resolve()).encode()).hexdigest()[:16]
    return cache / f"{collection.name}-{where}" / state.hexdigest()[:32]
