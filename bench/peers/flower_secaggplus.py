"""Flower's SecAgg+ without its networking, for bench/peers.ts. One cell per line of standard input, one answer per line.

A cell is {"clients", "dimension", "numShares", "threshold", "dropouts", "sample"}. The server is Flower's SecAggPlusWorkflow
itself, stage by stage, on a grid that asks the clients here; the clients are the functions of its secaggplus_mod. Timed are
those functions, and the workflow outside of its calls to the grid: CPU seconds of the process, threads included. Left out
on both sides: training, the strategy, and the packing of protocol state into records that surrounds the client's functions.

Only `sample` clients do all of a client's work, and are timed. The others do what the server and the sample need of them:
real keys, real shares of the one secret that will be asked for, and the masks that do not cancel. What the server gets has
the same sizes and leads to the same sum, which is compared with the mean of the inputs.
"""

import json
import logging
import os
import sys
import time

os.environ["FLWR_TELEMETRY_ENABLED"] = "0"

import importlib.metadata as metadata  # noqa: E402
from importlib import import_module  # noqa: E402

import numpy as np  # noqa: E402
from flwr.app import ConfigRecord, Context, Message, RecordDict  # noqa: E402
from flwr.common import (  # noqa: E402
    Code,
    FitIns,
    FitRes,
    Parameters,
    Status,
    ndarray_to_bytes,
    ndarrays_to_parameters,
    parameters_to_ndarrays,
)
from flwr.common.secure_aggregation.crypto.shamir import create_shares  # noqa: E402
from flwr.common.secure_aggregation.crypto.symmetric_encryption import (  # noqa: E402
    decrypt,
    encrypt,
    generate_shared_key,
)
from flwr.common.secure_aggregation.ndarrays_arithmetic import (  # noqa: E402
    factor_combine,
    parameters_addition,
    parameters_mod,
    parameters_subtraction,
)
from flwr.common.secure_aggregation.quantization import quantize  # noqa: E402
from flwr.common.secure_aggregation.secaggplus_constants import (  # noqa: E402
    RECORD_KEY_CONFIGS,
    Key,
    Stage,
)
from flwr.common.secure_aggregation.secaggplus_utils import (  # noqa: E402
    pseudo_rand_gen,
    share_keys_plaintext_concat,
    share_keys_plaintext_separate,
)
from flwr.compat.common import recorddict_compat as compat  # noqa: E402
from flwr.server.compat.legacy_context import LegacyContext  # noqa: E402
from flwr.server.workflow import SecAggPlusWorkflow  # noqa: E402
from flwr.server.workflow.constant import MAIN_CONFIGS_RECORD, MAIN_PARAMS_RECORD  # noqa: E402
from flwr.server.workflow.constant import Key as WorkflowKey  # noqa: E402
from flwr.server.workflow.secure_aggregation.secaggplus_workflow import WorkflowState  # noqa: E402
from flwr.supercore.task_identity import TaskIdentity  # noqa: E402
from flwr.supercore.primitives.asymmetric import (  # noqa: E402
    bytes_to_private_key,
    bytes_to_public_key,
)

# A function of the package has the module's name and hides it.
mod = import_module("flwr.client.mod.secure_aggregation.secaggplus_mod")

CLIP = 8.0
QUANTIZATION = 2**22
MODULUS = 2**32
NOTHING = Parameters([], "numpy.ndarray")
STAGES = ("setup", "share", "mask", "unmask")


def values_of(index, dimension):
    """The update of a client: the same in every run."""
    return np.random.default_rng(index).uniform(-1, 1, dimension).astype(np.float32)


class Client:
    """A client of the sample: all of Flower's own work, timed by stage."""

    def __init__(self, index, cell):
        self.index, self.cell = index, cell
        self.state = mod.SecAggPlusState()
        self.cpu = dict.fromkeys(STAGES, 0.0)

    def answer(self, stage, nid, configs):
        """What the client replies to the configs of a stage."""
        if stage == Stage.SETUP:
            self.state.nid = nid
            return self._timed("setup", mod._setup, configs)
        if stage == Stage.SHARE_KEYS:
            return self._timed("share", mod._share_keys, configs)
        if stage == Stage.COLLECT_MASKED_VECTORS:
            update = ndarrays_to_parameters([values_of(self.index, self.cell["dimension"])])
            return self._timed("mask", mod._collect_masked_vectors, configs, 1, update)
        return self._timed("unmask", mod._unmask, configs)

    def _timed(self, stage, work, *arguments):
        start = time.process_time()
        result = work(self.state, *arguments)
        self.cpu[stage] += time.process_time() - start
        return result


class Extra(Client):
    """A client outside of the sample, which spares itself what nobody would notice."""

    def __init__(self, index, cell, world):
        super().__init__(index, cell)
        self.world = world

    def answer(self, stage, nid, configs):
        if stage == Stage.SHARE_KEYS:
            return self._share_keys(configs)
        if stage == Stage.COLLECT_MASKED_VECTORS:
            return self._mask(configs)
        return super().answer(stage, nid, configs)

    def _share_keys(self, configs):
        """Shares what it will be asked for; encrypts for the sample alone, the rest goes from hand to hand."""
        state, world = self.state, self.world
        keys = {int(nid): pair for nid, pair in configs.items()}
        state.public_keys_dict = keys
        state.rd_seed = os.urandom(32)
        leaves = state.nid in world.leaving
        shares = create_shares(state.sk1 if leaves else state.rd_seed, state.threshold, state.share_num)
        # Of the other secret only the length matters: index, and 16 bytes for each begun block, padding included.
        idle = bytes(4 + 16 * ((len(state.rd_seed if leaves else state.sk1) // 16) + 1))
        targets, ciphertexts = [], []
        for share, nid in zip(shares, keys, strict=True):
            pair = (idle, share) if leaves else (share, idle)
            if nid in world.sample:
                key = generate_shared_key(bytes_to_private_key(state.sk2), bytes_to_public_key(keys[nid][1]))
                targets.append(nid)
                ciphertexts.append(encrypt(key, share_keys_plaintext_concat(state.nid, nid, *pair)))
            else:
                other = world.clients[nid].state
                other.rd_seed_share_dict[state.nid], other.sk1_share_dict[state.nid] = pair
                if nid != state.nid:
                    targets.append(nid)
                    ciphertexts.append(b"-" * 700)
        return {Key.DESTINATION_LIST: targets, Key.CIPHERTEXT_LIST: ciphertexts}

    def _mask(self, configs):
        """Its own mask, and those with the sample and with the leaving: the others would cancel in the sum."""
        state, world = self.state, self.world
        for source, ciphertext in zip(configs[Key.SOURCE_LIST], configs[Key.CIPHERTEXT_LIST], strict=True):
            if source in world.sample:
                key = generate_shared_key(
                    bytes_to_private_key(state.sk2),
                    bytes_to_public_key(state.public_keys_dict[source][1]),
                )
                _, _, seed, secret = share_keys_plaintext_separate(decrypt(key, ciphertext))
                state.rd_seed_share_dict[source], state.sk1_share_dict[source] = seed, secret
        vector = quantize([values_of(self.index, self.cell["dimension"])], CLIP, QUANTIZATION)
        vector = factor_combine(QUANTIZATION, vector)
        shapes = [array.shape for array in vector]
        vector = parameters_addition(vector, pseudo_rand_gen(state.rd_seed, MODULUS, shapes))
        for nid in configs[Key.SOURCE_LIST]:
            if nid not in world.sample and nid not in world.leaving:
                continue
            seed = generate_shared_key(
                bytes_to_private_key(state.sk1),
                bytes_to_public_key(state.public_keys_dict[nid][0]),
            )
            combine = parameters_addition if state.nid > nid else parameters_subtraction
            vector = combine(vector, pseudo_rand_gen(seed, MODULUS, shapes))
        return {Key.MASKED_PARAMETERS: [ndarray_to_bytes(array) for array in parameters_mod(vector, MODULUS)]}


class World:
    """The clients, the grid between them and the workflow, and the strategy that the workflow asks for."""

    def __init__(self, cell):
        self.cell = cell
        count = cell["clients"]
        self.nids = list(range(1, count + 1))
        self.leaving = set(self.nids[: cell["dropouts"]])
        self.sample = set(self.nids[len(self.nids) - cell["sample"] :])
        self.clients = {
            nid: Client(nid, cell) if nid in self.sample else Extra(nid, cell, self) for nid in self.nids
        }
        self.away = 0.0
        self.mean = None

    def send_and_receive(self, messages, timeout=None):
        """The grid: the clients' answers, in whose making the server has no part."""
        start = time.process_time()
        replies = [reply for reply in map(self._reply, messages) if reply is not None]
        self.away += time.process_time() - start
        return replies

    def _reply(self, message):
        nid = message.metadata.dst_node_id
        configs = ConfigRecord(dict(message.content.config_records[RECORD_KEY_CONFIGS]))
        stage = configs.pop(Key.STAGE)
        if stage == Stage.COLLECT_MASKED_VECTORS and nid in self.leaving:
            return None
        content = RecordDict()
        if stage == Stage.COLLECT_MASKED_VECTORS:
            content = compat.fitres_to_recorddict(FitRes(Status(Code.OK, ""), NOTHING, 1, {}), True)
        answer = self.clients[nid].answer(stage, nid, configs)
        content.config_records[RECORD_KEY_CONFIGS] = ConfigRecord(answer, False)
        return Message(content, reply_to=message)

    def num_available(self):
        return len(self.nids)

    def configure_fit(self, *_):
        class Proxy:
            def __init__(self, node_id):
                self.node_id = node_id

        return [(Proxy(nid), FitIns(NOTHING, {})) for nid in self.nids]

    def aggregate_fit(self, _, results, __):
        """Every result carries the aggregate: nothing is left to average."""
        self.mean = parameters_to_ndarrays(results[0][1].parameters)[0]
        return None, {}


def run(cell):
    world = World(cell)
    context = LegacyContext(
        Context(run_id=1, node_id=0, node_config={}, state=RecordDict(), run_config={}, series_id=0),
        strategy=world,
        client_manager=world,
    )
    context.state.config_records[MAIN_CONFIGS_RECORD] = ConfigRecord({WorkflowKey.CURRENT_ROUND: 1})
    context.state.array_records[MAIN_PARAMS_RECORD] = compat.parameters_to_arrayrecord(NOTHING, True)
    workflow = SecAggPlusWorkflow(
        cell["numShares"],
        cell["threshold"],
        max_weight=1.0,
        clipping_range=CLIP,
        quantization_range=QUANTIZATION,
        modulus_range=MODULUS,
    )
    state = WorkflowState()
    server = {}
    stages = (
        workflow.setup_stage,
        workflow.share_keys_stage,
        workflow.collect_masked_vectors_stage,
        workflow.unmask_stage,
    )
    for name, stage in zip(STAGES, stages, strict=True):
        world.away = 0.0
        start = time.process_time()
        if not stage(world, context, state):
            raise RuntimeError(f"Flower halted in the stage {name}")
        server[name] = time.process_time() - start - world.away
    error = verify(world)
    timed = [world.clients[nid].cpu for nid in world.sample]
    client = {name: sum(cpu[name] for cpu in timed) / len(timed) for name in STAGES}
    return {"client": client, "server": server, "survivors": cell["clients"] - cell["dropouts"], "maxError": error}


def verify(world):
    """The aggregate must be the mean of the survivors' inputs, up to two steps of the grid."""
    staying = [nid for nid in world.nids if nid not in world.leaving]
    expected = np.zeros(world.cell["dimension"])
    for nid in staying:
        expected += values_of(nid, world.cell["dimension"])
    error = float(np.max(np.abs(world.mean - expected / len(staying))))
    if not error < 2 * (2 * CLIP) / QUANTIZATION:
        raise RuntimeError(f"Flower's aggregate is wrong by {error}")
    return error


def main():
    logging.getLogger("flwr").setLevel(logging.WARNING)
    names = ("flwr", "numpy", "cryptography", "pycryptodome")
    versions = {name: metadata.version(name) for name in names}
    print(json.dumps({"python": sys.version.split()[0], **versions}), flush=True)
    TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, 1, 0  # every message names them
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


main()
