using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Learns from a model's log what its own operators compute. Any thread.</summary>
internal sealed class OperatorWatch : ILoggerFactory, ILogger
{
    // Event ids of the library's log, which do not change.
    private const int AdapterPlaced = 13;
    private const int OperatorsUsed = 30;
    private const int OperatorsNotUsed = 31;

    private readonly ConcurrentDictionary<string, bool> _graphs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _adapters = new(StringComparer.Ordinal);

    /// <summary>Graphs with operators that were opened.</summary>
    public IEnumerable<string> Graphs => _graphs.Keys.Order(StringComparer.Ordinal);

    /// <summary>Why operators are not used; null as long as nothing is in the way.</summary>
    public string? Reason { get; private set; }

    /// <summary>Whether an adapter was laid down for the operators.</summary>
    public bool HasSeen(string adapter) => _adapters.ContainsKey(adapter);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        switch (eventId.Id)
        {
            case AdapterPlaced:
                _adapters[Value(state, "Adapter")] = true;
                break;
            case OperatorsUsed:
                _graphs[Value(state, "Graph")] = true;
                break;
            case OperatorsNotUsed:
                Reason = Value(state, "Reason");
                break;
        }
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private static string Value<TState>(TState state, string name) => state is IReadOnlyList<KeyValuePair<string, object?>> values
        ? $"{values.FirstOrDefault(value => value.Key == name).Value}"
        : "";
}
