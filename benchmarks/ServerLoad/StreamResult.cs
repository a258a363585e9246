using System.Net;

namespace ALoRA.Onnx.ServerLoad;

/// <summary>What came of a request.</summary>
internal sealed class StreamResult
{
    public required HttpStatusCode Status { get; init; }

    /// <summary>What the server says is wrong; null for nothing.</summary>
    public string? Error { get; set; }

    public string Text { get; set; } = "";

    /// <summary>Whether the stream came to its end.</summary>
    public bool IsComplete { get; set; }

    /// <summary>Whether the reader left before.</summary>
    public bool HasLeft { get; set; }

    public int Tokens { get; set; }

    public TimeSpan? FirstToken { get; set; }

    /// <summary>Times between pieces of text.</summary>
    public List<TimeSpan> Between { get; } = [];
}
