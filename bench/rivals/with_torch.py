"""The field's customary search for fixed points: Adam on q = 1/2 |F(x) - x|^2, all starts in one batch.

Written for this bench after Golub & Sussillo (2018, J. Open Source Software 3:1003), with the settings of their
published tool: the mean of q is descended, until every start has q < 1e-12 or a change of q below 1e-20 (times the
learning rate), at most 5000 steps; then states within 1e-3 of each other in every coordinate count as one. Nothing
that makes it slower is included: no Jacobians, no printing; and torch's cells are faster than its layers on sequences
of one step, which the tool calls.
"""
import numpy as np
import torch
from serve import serve

torch.set_num_threads(1)

cells = {"vanilla": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}


def rule(kind, recurrent, input, biases, dtype):
    """x -> F(x) with the input held at 0, on rows of states; the state of an LSTM is [h; c]."""
    n = int(round((recurrent.size / {"vanilla": 1, "gru": 3, "lstm": 4}[kind]) ** 0.5))
    m = input.size * n // recurrent.size
    cell = cells[kind](m, n).to(dtype).requires_grad_(False)
    for name, value in {"weight_hh": recurrent, "weight_ih": input, **biases}.items():
        parameter = getattr(cell, name)
        parameter.copy_(torch.from_numpy(value.copy()).reshape(parameter.shape))

    def step(x):
        u = torch.zeros((len(x), m), dtype=dtype)
        if kind != "lstm":
            return cell(u, x)
        return torch.cat(cell(u, (x[:, :n], x[:, n:])), dim=1)

    return step


# The settings published with the tool, the present and the earlier ones. Each returns Adam and what to do after a step.
def falls_on_a_plateau(x):
    adam = torch.optim.Adam([x], lr=1.0)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(adam, factor=0.95, patience=5, cooldown=0)
    return adam, schedule.step


def falls_in_steps(x):
    adam = torch.optim.Adam([x], lr=0.05)
    schedule = torch.optim.lr_scheduler.StepLR(adam, step_size=500, gamma=0.7)
    return adam, lambda loss: schedule.step()


schedules = {"plateau": falls_on_a_plateau, "steps": falls_in_steps}


def search(kind, recurrent, input, biases, starts, dimension, number, setting, most=5000, least=1e-12, still=1e-20):
    dtype = {"f32": torch.float32, "f64": torch.float64}[number]
    step = rule(kind, recurrent, input, biases, dtype)
    first = torch.from_numpy(starts.reshape(-1, dimension).copy()).to(dtype)
    found = {}

    def work():
        x = first.clone().requires_grad_(True)
        adam, after_step = schedules[setting](x)
        before = torch.full((len(x),), float("nan"), dtype=dtype)
        for count in range(1, most + 1):
            adam.zero_grad()
            q = 0.5 * torch.sum(torch.square(x - step(x)), dim=1)
            loss = torch.mean(q)
            loss.backward()
            adam.step()
            after_step(loss.detach())
            q = q.detach()
            rate = adam.param_groups[0]["lr"]
            if bool(torch.all((torch.abs(q - before) < still * rate) | (q < least))):
                break
            before = q
        found.update(states=unique(x.detach().double().numpy()), steps=count)

    def result():
        with torch.no_grad():
            q = 0.5 * torch.sum(torch.square(first - step(first)), dim=1)
        return {"q": q.double().numpy(), **found}

    return work, 1, result


def unique(states, tolerance=1e-3):
    """One state of each group that agrees to the tolerance in every coordinate."""
    kept = np.empty((0, states.shape[1]))
    for state in states:
        if not np.any(np.all(np.abs(kept - state) < tolerance, axis=1)):
            kept = np.vstack([kept, state])
    return kept


serve({"name": f"torch {torch.__version__}"}, {"search": search})
