"""How much a suite does: HEADROOM_SIZE, else by HEADROOM_TIER; and where its randomness begins."""
import os


def size(test, check, soak):
    named = {"test": test, "check": check, "soak": soak}[os.environ.get("HEADROOM_TIER") or "test"]
    return int(os.environ.get("HEADROOM_SIZE") or named)


def seed():
    return int(os.environ.get("HEADROOM_SEED") or os.environ.get("HEADROOM_FIRST") or 1)
