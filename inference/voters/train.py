"""Train one voter on one CPU thread: train.py FOLDER NAME SEED. Reads what prepare.ts wrote, writes weights and held-out logits."""
import json
import math
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH, GROUP, RATE, WARMUP, DROPOUT = 256, 16, 3e-3, 50, 0.1
folder, name, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.set_num_threads(1)
torch.manual_seed(seed)
random = np.random.default_rng(seed)
setup = json.load(open(f"{folder}/setup.json"))
shape, vocab = setup["shape"], len(setup["vocabulary"]["tokens"])
dim, heads, kv_heads = shape["dim"], shape["heads"], shape["kvHeads"]
head_dim = dim // heads
ask = torch.tensor([a["token"] for a in setup["ask"]])
answers = [torch.tensor(a["labels"]) for a in setup["ask"]]
angles = torch.outer(torch.arange(256.0), shape["ropeBase"] ** -(torch.arange(0, head_dim, 2) / head_dim))


def rope(x, positions):
    """Rotates adjacent pairs, as llama.cpp does for this architecture."""
    cos, sin = angles[positions].cos(), angles[positions].sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + shape["epsilon"]) * self.weight


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        linear = lambda rows, columns: nn.Linear(rows, columns, bias=False)
        self.attn_norm, self.ffn_norm = Norm(), Norm()
        self.attn_q, self.attn_output = linear(dim, dim), linear(dim, dim)
        self.attn_k, self.attn_v = linear(dim, kv_heads * head_dim), linear(dim, kv_heads * head_dim)
        self.ffn_gate, self.ffn_up, self.ffn_down = linear(dim, shape["ffn"]), linear(dim, shape["ffn"]), linear(shape["ffn"], dim)

    def forward(self, x, mask, positions, last):
        h = self.attn_norm(x)
        if last:  # only the two question columns are read, so only they are computed
            x, mask, at = x[:, -2:], mask[:, :, -2:], positions[-2:]
        else:
            at = positions
        split = lambda t, n: t.view(t.shape[0], -1, n, head_dim).transpose(1, 2)
        q = rope(split(self.attn_q(h[:, -2:] if last else h), heads), at)
        k, v = rope(split(self.attn_k(h), kv_heads), positions), split(self.attn_v(h), kv_heads)
        k, v = (t.repeat_interleave(heads // kv_heads, 1) for t in (k, v))
        weights = (q @ k.transpose(-1, -2) / math.sqrt(head_dim) + mask).softmax(-1)
        x = x + F.dropout((self.attn_output((weights @ v).transpose(1, 2).flatten(2))), DROPOUT, self.training)
        h = self.ffn_norm(x)
        return x + F.dropout(self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h)), DROPOUT, self.training)


class Voter(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embd = nn.Embedding(vocab, dim)
        self.blk = nn.ModuleList(Block() for _ in range(shape["layers"]))
        self.output_norm = Norm()
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, 0, 0.05 if parameter.shape[0] == vocab else 0.7 / math.sqrt(parameter.shape[1]))

    def forward(self, tokens, lengths):
        """Rows end with both question tokens; neither sees the other, and both stand right behind the line."""
        width = tokens.shape[1]
        columns = torch.arange(width)
        positions = torch.cat((columns[:-1], columns[-2:-1]))
        seen = columns[None, :] <= columns[:, None]
        seen[-1, -2] = False
        real = columns[None, :] >= (width - lengths)[:, None]
        mask = torch.where(seen[None] & real[:, None], 0.0, -1e9)[:, None]
        x = F.dropout(self.token_embd(tokens), DROPOUT, self.training)
        for index, block in enumerate(self.blk):
            x = block(x, mask, positions, index == len(self.blk) - 1)
        return self.output_norm(x) @ self.token_embd.weight.T


def read(part):
    ids = np.fromfile(f"{folder}/{part}.ids", np.uint16).astype(np.int64)
    ends = np.cumsum(np.fromfile(f"{folder}/{part}.lengths", np.uint16).astype(np.int64))
    return np.split(ids, ends[:-1]), np.fromfile(f"{folder}/{part}.labels", np.uint8).reshape(-1, 2).astype(np.int64)


def batch(lines, rows):
    """Left-padded, so that the questions stand in the last two columns."""
    lengths = torch.tensor([len(lines[row]) + 3 for row in rows])
    tokens = torch.zeros(len(rows), int(lengths.max()), dtype=torch.long)
    for index, row in enumerate(rows):
        tokens[index, -len(lines[row]) - 3] = 1
        tokens[index, -len(lines[row]) - 2 : -2] = torch.from_numpy(lines[row])
    tokens[:, -2:] = ask
    return tokens, lengths


def batches(lines):
    """Endless; lines of like length share a batch."""
    while True:
        order = random.permutation(len(lines))
        for start in range(0, len(order) - BATCH * GROUP + 1, BATCH * GROUP):
            group = sorted(order[start : start + BATCH * GROUP], key=lambda row: len(lines[row]))
            for part in random.permutation(GROUP):
                yield group[part * BATCH : (part + 1) * BATCH]


def quantised(model):
    """The model as Q8_0 will hold it, so that held-out figures are those of the file."""
    copy = Voter()
    copy.load_state_dict(model.state_dict())
    for parameter in copy.parameters():
        if parameter.dim() > 1:
            blocks = parameter.data.view(-1, 32)
            scale = blocks.abs().amax(1, keepdim=True) / 127
            parameter.data = ((blocks / scale.clamp(min=1e-12)).round() * scale.half().float()).view(parameter.shape)
    return copy.eval()


def train():
    model = Voter()
    lines, labels = read(name)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.02)
    source, steps = batches(lines), setup["steps"]
    for step in range(steps):
        rate = RATE * min(1, (step + 1) / WARMUP) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        optimiser.param_groups[0]["lr"] = rate
        rows = next(source)
        tokens, lengths = batch(lines, rows)
        logits = model(tokens, lengths)
        goal = torch.stack([answers[q][labels[rows, q]] for q in range(2)], 1)
        loss = F.cross_entropy(logits.flatten(0, 1), goal.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 100 == 0:
            print(name, step, f"loss {loss.item():.3f}", flush=True)
    return model


@torch.no_grad()
def judge(model, part):
    """Logits of the label tokens for every held-out line, severity first."""
    lines, labels = read(part)
    rows = np.arange(len(lines))
    out = []
    for chunk in np.array_split(rows, len(rows) // BATCH):
        logits = model(*batch(lines, chunk))
        out.append(torch.cat([logits[:, q][:, answers[q]] for q in range(2)], 1))
    logits = torch.cat(out)
    for q, width in ((0, 4), (1, 5)):
        right = logits[:, q * 4 : q * 4 + width].argmax(1).numpy() == labels[:, q]
        print(name, part, setup["ask"][q]["question"], f"accuracy {right.mean():.4f}", flush=True)
    logits.numpy().astype(np.float32).tofile(f"{folder}/{name}.{part}.logits")


model = train()
state = {key: value.float().contiguous().numpy() for key, value in model.state_dict().items()}
json.dump([{"name": key, "shape": list(value.shape)} for key, value in state.items()], open(f"{folder}/{name}.tensors.json", "w"))
np.concatenate([value.ravel() for value in state.values()]).astype("<f4").tofile(f"{folder}/{name}.f32")
for part in ("calibration", "report"):
    judge(quantised(model), part)
