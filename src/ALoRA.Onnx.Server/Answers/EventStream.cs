using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>
/// An answer as server-sent events. It begins with the first event, so that a failure before that has a status of its own; a comment keeps
/// a silent stream open. Events may be sent by several at once.
/// </summary>
internal sealed class EventStream : IAsyncDisposable
{
    private readonly HttpContext _context;
    private readonly TimeProvider _time;
    private readonly TimeSpan _keepAlive;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Utf8JsonWriter _json;
    private readonly PipeWriter _pipe;
    private readonly ITimer _timer;
    private long _lastSent;
    private bool _isBegun;
    private bool _isEnded;

    /// <summary>Prepares a stream.</summary>
    /// <param name="context">The request.</param>
    /// <param name="time">The clock of the comments.</param>
    /// <param name="keepAlive">How long the stream is silent at most.</param>
    public EventStream(HttpContext context, TimeProvider time, TimeSpan keepAlive)
    {
        _context = context;
        _time = time;
        _keepAlive = keepAlive;
        _pipe = context.Response.BodyWriter;
        _json = new Utf8JsonWriter(_pipe, AnswerJson.Options);
        _lastSent = time.GetTimestamp();
        _timer = time.CreateTimer(static state => _ = ((EventStream)state!).KeepOpenAsync(), this, keepAlive, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether something was sent, so that a failure can only be told within the stream.</summary>
    public bool IsBegun => _isBegun;

    /// <summary>Sends an event.</summary>
    /// <param name="write">Writes the object.</param>
    /// <param name="state">What is written.</param>
    /// <param name="name">The event's name; null for none.</param>
    public async ValueTask SendAsync<T>(Action<Utf8JsonWriter, T> write, T state, string? name = null)
    {
        await _gate.WaitAsync(_context.RequestAborted).ConfigureAwait(false);
        try
        {
            Begin();
            if (name is not null)
            {
                _pipe.Write("event: "u8);
                Encoding.UTF8.GetBytes(name, _pipe);
                _pipe.Write("\n"u8);
            }

            _pipe.Write("data: "u8);
            _json.Reset(_pipe);
            write(_json, state);
            _json.Flush();
            _pipe.Write("\n\n"u8);
            await FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the stream as clients expect it.</summary>
    public async ValueTask EndAsync(bool writesDone = true)
    {
        await _gate.WaitAsync(_context.RequestAborted).ConfigureAwait(false);
        try
        {
            Begin();
            _isEnded = true;
            if (writesDone)
            {
                _pipe.Write("data: [DONE]\n\n"u8);
            }

            await FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends a stream that has begun with an error object.</summary>
    public async ValueTask FailAsync(ApiError error)
    {
        await _gate.WaitAsync(_context.RequestAborted).ConfigureAwait(false);
        try
        {
            _isEnded = true;
            _pipe.Write("data: "u8);
            _pipe.Write(ErrorBody.Of(error).Span);
            _pipe.Write("\n\n"u8);
            await FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the comments.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _gate.WaitAsync().ConfigureAwait(false);
        _isEnded = true;
        _gate.Release();
    }

    private void Begin()
    {
        if (_isBegun)
        {
            return;
        }

        _isBegun = true;
        HttpResponse response = _context.Response;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";

        // Else nginx would collect events.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    private async ValueTask FlushAsync()
    {
        FlushResult result = await _pipe.FlushAsync(_context.RequestAborted).ConfigureAwait(false);
        _lastSent = _time.GetTimestamp();
        if (result.IsCompleted)
        {
            throw new OperationCanceledException("The client has gone.");
        }
    }

    // A reader so slow that an event still waits for it needs no comment.
    private async Task KeepOpenAsync()
    {
        if (!await _gate.WaitAsync(0).ConfigureAwait(false))
        {
            Again(_keepAlive);
            return;
        }

        try
        {
            if (_isEnded || _context.RequestAborted.IsCancellationRequested)
            {
                return;
            }

            TimeSpan silent = _time.GetElapsedTime(_lastSent);
            if (silent < _keepAlive)
            {
                Again(_keepAlive - silent);
                return;
            }

            Begin();
            _pipe.Write(": keep-alive\n\n"u8);
            await FlushAsync().ConfigureAwait(false);
            Again(_keepAlive);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The client has gone; whoever writes the next event sees that, too.
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Again(TimeSpan due)
    {
        try
        {
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The stream ended meanwhile.
        }
    }
}
