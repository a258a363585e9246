using System.Text;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Definitions;
using ALoRA.Onnx.Intrinsics.Rewriting;
using ALoRA.Onnx.Intrinsics.Running;
using ALoRA.Onnx.Intrinsics.Transformations;

namespace ALoRA.Onnx;

/// <summary>
/// An intrinsic as IBM's adapter libraries define it in <c>io.yaml</c>: how a chat request is rewritten
/// for the adapter, what the answer looks like, and how the answer becomes a result.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. Reading is bounded in length, depth and aliases; a definition reaches no file and calls nothing.
/// The format is that of granite-common and mellea (<c>formatters/granite/intrinsics</c>), Apache-2.0.
/// </remarks>
public sealed class IntrinsicDefinition
{
    /// <summary>The usual name of the file.</summary>
    public const string FileName = "io.yaml";

    private const long LargestFile = 4L << 20;

    internal IntrinsicDefinition()
    {
    }

    /// <summary>Where it was read from; used in error messages.</summary>
    public required string Source { get; init; }

    /// <summary>The key <c>name</c>; null if there is none.</summary>
    public string? Name { get; init; }

    /// <summary>Model name that is set in requests; null keeps the caller's.</summary>
    public string? Model { get; init; }

    /// <summary>Python format string that is appended as a user message; null if there is none.</summary>
    public string? Instruction { get; init; }

    /// <summary>Whether the result needs the log-probabilities of the answer's tokens (a rule <c>likelihood</c>).</summary>
    internal bool NeedsLogprobs => Rules.Any(rule => rule is LikelihoodRule);

    /// <summary>JSON schema of the answer; null if it is free. Must not be modified.</summary>
    internal JsonNode? ResponseFormat { get; init; }

    internal JsonObject Parameters { get; init; } = [];

    internal JsonObject ExtraBody { get; init; } = [];

    internal SentenceTags SentenceTags { get; init; } = SentenceTags.None;

    internal DocumentForm DocumentForm { get; init; }

    internal bool ReadsFinalChannel { get; init; }

    internal IReadOnlyList<ResultRule> Rules { get; init; } = [];

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of an <c>io.yaml</c>, UTF-8.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFormatException">The file is not a valid definition; the message names line and key.</exception>
    public static IntrinsicDefinition Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"{path} does not exist. Give the path of an {FileName}.", path);
        }

        if (file.Length > LargestFile)
        {
            throw new ModelFormatException(
                $"{path} has {file.Length:N0} bytes; at most {LargestFile:N0} are expected of a definition. Check "
                + "that this is the right file.");
        }

        try
        {
            ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
            bytes = bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
            return Parse(new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes), path);
        }
        catch (DecoderFallbackException exception)
        {
            throw new ModelFormatException($"{path} is not UTF-8 text: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="yaml">The text of an <c>io.yaml</c>.</param>
    /// <param name="source">What error messages call it. The default, null, is <c>io.yaml</c>.</param>
    /// <exception cref="ModelFormatException">The text is not a valid definition; the message names line and key.</exception>
    public static IntrinsicDefinition Parse(string yaml, string? source = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        return DefinitionReader.Read(yaml, source ?? FileName);
    }

    /// <summary>Returns a copy of the JSON schema of the answer; null if the answer is free.</summary>
    public JsonNode? CopyResponseFormat() => ResponseFormat?.DeepClone();

    /// <summary>
    /// Finds where the invocation tokens of an adapter are under this definition: already in the rendered prompt, or appended after it.
    /// </summary>
    /// <param name="tokenizer">The base's tokenizer.</param>
    /// <param name="template">The base's chat template; null where there is none.</param>
    /// <param name="invocationTokens">The adapter's invocation ids; empty for a plain LoRA.</param>
    /// <exception cref="ModelFormatException">
    /// The prompt has the text of the invocation, but it does not tokenize to the adapter's ids.
    /// </exception>
    public InvocationPlacement FindPlacement(HfTokenizer tokenizer, ChatTemplate? template, IReadOnlyList<int> invocationTokens)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(invocationTokens);
        return PlacementFinder.Find(this, tokenizer, template, invocationTokens);
    }

    /// <summary>
    /// Rewrites a chat request: marks sentences, moves documents, adds the instruction, sets parameters, response format
    /// (<c>extra_body.structured_outputs</c>) and log-probabilities, in this order.
    /// </summary>
    /// <param name="request">A request in OpenAI's form: <c>messages</c> with texts, <c>extra_body.documents</c>; not changed.</param>
    /// <param name="arguments">Values of the instruction's placeholders; unused ones are ignored. The default is none.</param>
    /// <returns>A new request.</returns>
    /// <exception cref="IntrinsicFormatException">The request is malformed, or an argument is missing.</exception>
    public JsonObject Rewrite(JsonObject request, JsonObject? arguments = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        return WithText("request", () => RequestRewriter.Rewrite(this, request, arguments));
    }

    /// <summary>
    /// Turns the model's response into the result: the content of every choice becomes the result as JSON text, and its
    /// log-probabilities are removed.
    /// </summary>
    /// <param name="response">
    /// A chat completion with <c>choices</c>, and with <c>logprobs</c> if <see cref="Rewrite"/> asked for them; not modified.
    /// </param>
    /// <param name="rewrittenRequest">The result of <see cref="Rewrite"/>; needed to decode sentence numbers.</param>
    /// <returns>A new response.</returns>
    /// <exception cref="IntrinsicFormatException">The response is malformed, or the answer is not JSON or does not fit a rule.</exception>
    public JsonObject Transform(JsonObject response, JsonObject? rewrittenRequest = null)
    {
        ArgumentNullException.ThrowIfNull(response);
        return WithText("response", () => ResultTransformer.Transform(this, response, rewrittenRequest));
    }

    // JSON may hold escaped halves of surrogate pairs and invalid UTF-8, which show only when the text is read.
    private static JsonObject WithText(string what, Func<JsonObject> work)
    {
        try
        {
            return work();
        }
        catch (InvalidOperationException exception)
        {
            throw new IntrinsicFormatException($"The {what} holds a text that is no valid Unicode: {exception.Message}", exception);
        }
    }
}
