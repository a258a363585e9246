using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>
/// The tokens of an answer with log-probabilities, as OpenAI's responses have them:
/// <c>{"content": [{"token", "logprob", "top_logprobs"}]}</c>.
/// </summary>
internal sealed class ResponseLogprobs(IReadOnlyList<ResponseLogprobs.Token> tokens)
{
    // What servers write for a token whose log-probability they did not keep.
    private const double Unlikely = -9999.0;

    public IReadOnlyList<Token> Tokens { get; } = tokens;

    /// <summary>Reads a choice's <c>logprobs</c>; null where it has none.</summary>
    /// <exception cref="IntrinsicFormatException">They are malformed.</exception>
    public static ResponseLogprobs? Read(JsonNode? node)
    {
        JsonArray? content = node is null ? null : List(node, "content", "logprobs");
        return content is null ? null : new ResponseLogprobs([.. content.Select((token, i) => ReadToken(token, $"logprobs.content[{i}]"))]);
    }

    private static Token ReadToken(JsonNode? node, string place) => new(
        Text(node, place),
        Logprob(node, place),
        [.. (List(node!, "top_logprobs", place) ?? []).Select(
            (alternative, i) => ReadAlternative(alternative, $"{place}.top_logprobs[{i}]"))]);

    private static (string Text, double Logprob) ReadAlternative(JsonNode? node, string place) => (Text(node, place), Logprob(node, place));

    private static string Text(JsonNode? node, string place) =>
        (node as JsonObject)?["token"] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : throw Wrong($"{place}.token", "a text");

    private static double Logprob(JsonNode? node, string place) =>
        PythonJson.FromNode((node as JsonObject)?["logprob"]) switch
        {
            double number => number,
            long number => number,
            null => Unlikely,
            _ => throw Wrong($"{place}.logprob", "a number"),
        };

    private static JsonArray? List(JsonNode node, string key, string place) => node switch
    {
        JsonObject json when json[key] is null => null,
        JsonObject json => json[key] as JsonArray ?? throw Wrong($"{place}.{key}", "a list"),
        _ => throw Wrong(place, "an object"),
    };

    private static IntrinsicFormatException Wrong(string place, string expected) =>
        new($"The response's '{place}' should be {expected}, but is not.");

    /// <summary>One token.</summary>
    /// <param name="Text">Its text.</param>
    /// <param name="Logprob">Natural logarithm of its probability.</param>
    /// <param name="Top">The most likely tokens at its place, itself mostly among them.</param>
    internal sealed record Token(string Text, double Logprob, IReadOnlyList<(string Text, double Logprob)> Top);
}
