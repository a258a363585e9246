using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Untrusted;

/// <summary>Values after the guard went over them.</summary>
/// <param name="Values">The values: the same where there was nothing to cut, else copies with marks.</param>
/// <param name="Mark">The mark; null where there is none in the values.</param>
/// <param name="HasMiddles">Whether a value is the middle of a token between two texts of the template.</param>
/// <param name="HasEnds">Whether an answer has the end of a reasoning block without its beginning.</param>
/// <param name="IsSuspicious">Whether the template could make a token of parts of them.</param>
internal sealed record GuardedValues(
    IReadOnlyList<JsonNode?> Values, char? Mark, bool HasMiddles, bool HasEnds, bool IsSuspicious);
