"""A process of its own for every visit to a token's module, which is its maker's code: it may hang, or crash.

Promises: no call lasts longer than its limit; what hangs is ended, and what crashes takes nothing with it. PINs travel
over a pipe that only the two processes hold, and are gone with the process.
"""

from typing import TYPE_CHECKING, Any

from ecabinet.keys.token import TokenError, TokenFault

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_PARTING = 2.0  # seconds that a module has for closing, once its answer is here


def visit(limit: float, act: str, *arguments: Any, **named: Any) -> Any:
    """What the function of `token_calls` with this name gives, called in a new process. `limit` in seconds.

    Raises `TokenError`.
    """
    import multiprocessing  # noqa: PLC0415 - a program that starts does without it

    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_answer, args=(there,), name="ecabinet-token", daemon=True)
    process.start()
    there.close()
    try:
        with here:
            here.send((act, arguments, named))
            if not here.poll(limit):
                process.kill()
                raise TokenError(TokenFault.MODULE_SILENT)
            outcome = here.recv()
    except (EOFError, OSError):
        raise TokenError(TokenFault.MODULE_CRASHED) from None
    finally:
        process.join(_PARTING)
        process.kill()
        process.join()
        process.close()
    if isinstance(outcome, TokenError):
        raise outcome
    return outcome


def _answer(connection: "Connection") -> None:
    from ecabinet.keys import token_calls  # noqa: PLC0415 - what it imports is for this process alone

    act, arguments, named = connection.recv()
    try:
        outcome = getattr(token_calls, act)(*arguments, **named)
    except TokenError as error:
        outcome = error
    connection.send(outcome)
