using ALoRA.Onnx.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>Counts the requests that compute, and lets no more in once the server stops. Thread-safe.</summary>
internal sealed class DrainGate
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;
    private bool _isClosed;

    /// <summary>Whether new requests are refused.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>Lets a request in, which calls <see cref="Leave"/> when it ends.</summary>
    /// <exception cref="ApiError">503: the server stops.</exception>
    public void Enter()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                throw ApiError.Unavailable("The server is stopping. Send the request to another one, or again later.", "draining");
            }

            _inside++;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (--_inside == 0 && _isClosed)
            {
                _empty.TrySetResult();
            }
        }
    }

    /// <summary>Lets nobody in anymore.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            if (_inside == 0)
            {
                _empty.TrySetResult();
            }
        }
    }

    /// <summary>Completes when the gate is closed and everyone has left.</summary>
    public Task WhenEmptyAsync() => _empty.Task;
}

/// <summary>Passes a request through a <see cref="DrainGate"/>.</summary>
internal sealed class DrainMiddleware(DrainGate gate)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (Probes.Has(context.Request.Path))
        {
            await next(context).ConfigureAwait(false);
            return;
        }

        gate.Enter();
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            gate.Leave();
        }
    }
}
