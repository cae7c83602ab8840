"""How fast PyTorch trains the same networks on one thread of the CPU: the other side of bench/training.ts.

Reads lines `<network> <batch> <seconds>` and answers each by a line of JSON: the examples trained, the seconds of the clock and of
CPU time that they took, and how many parameters the network has. A first line tells the version. One line at a time, so that the
rounds of both sides interleave.
"""

import os

# Before the libraries start: OpenBLAS has threads of its own, of which torch.set_num_threads knows nothing.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import json
import sys
import time

import torch
from torch import nn

SIDE = 28
CLASSES = 10
KERNEL = 5
BATCHES = 8

NETWORKS = {
    "small": dict(padding=0, filters=(8, 16), hidden=64),
    "pysyft": dict(padding=0, filters=(20, 50), hidden=500),
    "mcmahan": dict(padding=2, filters=(32, 64), hidden=512),
}


def network(padding, filters, hidden):
    """As src/cnn/networks.ts has it: for each of `filters` a convolution, ReLU and a 2x2 max-pool, then two dense layers."""
    layers, side, channels = [], SIDE, 1
    for outputs in filters:
        layers += [nn.Conv2d(channels, outputs, KERNEL, padding=padding), nn.ReLU(), nn.MaxPool2d(2)]
        side, channels = (side + 2 * padding - KERNEL + 1) // 2, outputs
    inputs = side * side * channels
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES))


class Training:
    """A network with its optimizer and a few batches of noise: no part of the time depends on what the pictures show."""

    def __init__(self, name, batch):
        torch.manual_seed(1)
        self.model = network(**NETWORKS[name])
        self.parameters = sum(tensor.numel() for tensor in self.model.parameters())
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01)
        self.batches = [
            (torch.rand(batch, 1, SIDE, SIDE), torch.randint(CLASSES, (batch,))) for _ in range(BATCHES)
        ]

    def epoch(self):
        """Trains on each batch once; returns how many examples that were."""
        for images, labels in self.batches:
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.model(images), labels).backward()
            self.optimizer.step()
        return sum(len(labels) for _, labels in self.batches)


def measure(training, seconds):
    examples, clock, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - clock < seconds:
        examples += training.epoch()
    wall, cpu = time.perf_counter() - clock, time.process_time() - cpu
    return dict(examples=examples, wall=wall, cpu=cpu, parameters=training.parameters)


def main():
    torch.set_num_threads(1)
    trainings = {}
    print(json.dumps(dict(version=torch.__version__)), flush=True)
    for line in sys.stdin:
        name, batch, seconds = line.split()
        key = name, int(batch)
        if key not in trainings:
            trainings[key] = Training(*key)
            trainings[key].epoch()  # the first steps choose algorithms and fill caches
        print(json.dumps(measure(trainings[key], float(seconds))), flush=True)


if __name__ == "__main__":
    main()
