"""Six steps of PyTorch's optimizers in float64, for the tests of this folder.

    python pytorch.py > pytorch.json        (needs torch with torch.optim.Muon)

The tensors, the start and the gradients are those of `tests.rs`. Muon: `adjust_lr_fn="original"` on the two matrices
in the middle (a convolution flattened to [out, in·k·k]), AdamW on the rest. PyTorch iterates Newton and Schulz in
bfloat16; here its own code does so in float64, and "muon in bfloat16" is what it does by itself.
"""

import json
import math
import sys

import torch

torch.set_default_dtype(torch.float64)
SHAPES = [[2, 1, 2, 2], [3, 2, 2, 2], [3], [5, 3], [2, 5]]
MATRICES = [1, 3]
COUNTS = [math.prod(s) for s in SHAPES]
D = sum(COUNTS)


def start():
    return [0.5 * math.sin(i + 1) for i in range(D)]


def gradient(theta, t):
    h = lambda i: 0.5 + (7 * i % 11) / 11
    return [h(i) * x + 0.3 * math.cos(i) + 0.2 * math.sin(i + 2 * t) for i, x in enumerate(theta)]


def walk(optimizers):
    flat = torch.tensor(start())
    params = [torch.nn.Parameter(p.clone()) for p in flat.split(COUNTS)]
    shaped = [
        torch.nn.Parameter(p.detach().reshape(s[0], -1)) if i in MATRICES else p
        for i, (p, s) in enumerate(zip(params, SHAPES))
    ]
    made = optimizers(shaped)
    found = []
    for t in range(6):
        theta = [x for p in shaped for x in p.detach().flatten().tolist()]
        for p, g in zip(shaped, torch.tensor(gradient(theta, t)).split(COUNTS)):
            p.grad = g.reshape(p.shape).clone()
        for optimizer in made:
            optimizer.step()
        if t in (1, 5):
            found.append([float(f"{x:.12g}") for p in shaped for x in p.detach().flatten().tolist()])
    return found


def muon(lr, share, momentum, decay):
    def make(params):
        inner = [params[i] for i in MATRICES]
        rest = [p for i, p in enumerate(params) if i not in MATRICES]
        return [
            torch.optim.Muon(
                inner, lr=lr, weight_decay=decay, momentum=momentum, nesterov=True, adjust_lr_fn="original"
            ),
            torch.optim.AdamW(rest, lr=share * lr, weight_decay=decay),
        ]

    return make


def case(name, spec, lr, make, tolerance):
    return {"name": name, "spec": spec, "lr": lr, "tolerance": tolerance, "theta": walk(make)}


O = torch.optim
FINE = 2e-7
cases = [
    case("adam", {"kind": "adam"}, 0.01, lambda p: [O.Adam(p, lr=0.01)], FINE),
    case(
        "adam with decay",
        {"kind": "adam", "weight_decay": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4},
        0.05,
        lambda p: [O.Adam(p, lr=0.05, weight_decay=0.1, betas=(0.8, 0.95), eps=1e-4)],
        FINE,
    ),
    case("adamw", {"kind": "adamw"}, 0.01, lambda p: [O.AdamW(p, lr=0.01)], FINE),
    case(
        "adamw with decay",
        {"kind": "adamw", "decoupled_decay": 0.5, "beta1": 0.8, "beta2": 0.95, "eps": 1e-4},
        0.05,
        lambda p: [O.AdamW(p, lr=0.05, weight_decay=0.5, betas=(0.8, 0.95), eps=1e-4)],
        FINE,
    ),
    case(
        "adamw without decay",
        {"kind": "adamw", "decoupled_decay": 0.0},
        0.05,
        lambda p: [O.AdamW(p, lr=0.05, weight_decay=0.0)],
        FINE,
    ),
    case("rmsprop", {"kind": "rmsprop"}, 0.01, lambda p: [O.RMSprop(p, lr=0.01)], FINE),
    case(
        "rmsprop with momentum and decay",
        {"kind": "rmsprop", "momentum": 0.9, "weight_decay": 0.1, "alpha": 0.9, "eps": 1e-3},
        0.005,
        lambda p: [O.RMSprop(p, lr=0.005, alpha=0.9, eps=1e-3, momentum=0.9, weight_decay=0.1)],
        FINE,
    ),
    case("muon in bfloat16", {"kind": "muon"}, 0.02, muon(0.02, 0.015, 0.95, 0.01), 3e-3),
]
torch.bfloat16, narrow = torch.float64, torch.bfloat16
cases += [
    case("muon", {"kind": "muon"}, 0.02, muon(0.02, 0.015, 0.95, 0.01), FINE),
    case(
        "muon with other constants",
        {"kind": "muon", "muon_momentum": 0.8, "muon_share": 0.5, "decoupled_decay": 0.0},
        0.05,
        muon(0.05, 0.5, 0.8, 0.0),
        FINE,
    ),
]
torch.bfloat16 = narrow
print(f"torch {torch.__version__}", file=sys.stderr)
text = json.dumps({"torch": torch.__version__, "cases": cases}, indent=None, separators=(",", ":"))
print(text.replace('{"name"', '\n{"name"').replace("]}", "]}"))
