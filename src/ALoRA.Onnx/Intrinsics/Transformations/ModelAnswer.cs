using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>What one choice of a response says, and what the rules need to know beyond its value.</summary>
internal sealed class ModelAnswer
{
    private readonly byte[] _utf8;

    /// <summary>Reads an answer.</summary>
    /// <param name="content">The text.</param>
    /// <param name="logprobs">Its tokens; null where the response has none.</param>
    /// <param name="request">The rewritten request; null where it is not known.</param>
    /// <exception cref="IntrinsicFormatException">The text is no JSON.</exception>
    public ModelAnswer(string content, ResponseLogprobs? logprobs, JsonObject? request)
    {
        Logprobs = logprobs;
        Request = request;
        Root = AnswerReader.Read(content);
        _utf8 = Encoding.UTF8.GetBytes(content);
    }

    /// <summary>The answer as the model wrote it.</summary>
    public AnswerNode Root { get; }

    public ResponseLogprobs? Logprobs { get; }

    public JsonObject? Request { get; }

    /// <summary>Where a literal begins, in code points; for a string that is the character behind the quote.</summary>
    public int PositionOf(AnswerNode literal) =>
        CodePoints.Count(Encoding.UTF8.GetString(_utf8.AsSpan(0, literal.Begin))) + (literal.Value is string ? 1 : 0);
}
