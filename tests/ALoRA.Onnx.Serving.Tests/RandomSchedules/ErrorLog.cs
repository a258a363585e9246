using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Serving.Tests.RandomSchedules;

/// <summary>
/// Keeps what is logged as an error: an engine that stood still and healed itself gives right answers, and is wrong all the same.
/// </summary>
internal sealed class ErrorLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    /// <summary>Takes the errors so far, the first one first.</summary>
    public IReadOnlyList<string> Take()
    {
        List<string> errors = [];
        while (_errors.TryDequeue(out string? error))
        {
            errors.Add(error);
        }

        return errors;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _errors.Enqueue($"event {eventId.Id}: {formatter(state, exception)} {exception}");
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Dispose()
    {
    }
}
