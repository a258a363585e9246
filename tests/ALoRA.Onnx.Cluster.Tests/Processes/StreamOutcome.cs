using System.Net;
using System.Text;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>What came of a stream so far.</summary>
internal sealed class StreamOutcome
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private TimeSpan _longestPause;
    private long _last;
    private int _pieces;

    public HttpStatusCode Status { get; set; }

    /// <summary>What the server or the connection said went wrong; null for nothing.</summary>
    public string? Error { get; set; }

    /// <summary>Whether it came to its end.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Tokens of the answer, and those of the prompt that were cached, as the server counts.</summary>
    public int Tokens { get; set; }

    /// <inheritdoc cref="Tokens"/>
    public int CachedTokens { get; set; }

    /// <inheritdoc cref="Tokens"/>
    public int PromptTokens { get; set; }

    /// <summary>From the request to the first piece.</summary>
    public TimeSpan? FirstPiece { get; private set; }

    public int Pieces => Volatile.Read(ref _pieces);

    /// <summary>The longest time between two pieces.</summary>
    public TimeSpan LongestPause
    {
        get
        {
            lock (_gate)
            {
                return _longestPause;
            }
        }
    }

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Takes a piece that came now.</summary>
    public void Add(string piece, long started, long now)
    {
        lock (_gate)
        {
            _text.Append(piece);
            if (_pieces == 0)
            {
                FirstPiece = System.Diagnostics.Stopwatch.GetElapsedTime(started, now);
            }
            else
            {
                TimeSpan pause = System.Diagnostics.Stopwatch.GetElapsedTime(_last, now);
                _longestPause = pause > _longestPause ? pause : _longestPause;
            }

            _last = now;
            _pieces++;
        }
    }
}
