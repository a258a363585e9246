using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ALoRA.Onnx.Server.Answers;

/// <summary>What the JSON of all answers has in common.</summary>
internal static class AnswerJson
{
    // What servers write in place of minus infinity, which is no JSON.
    private const double Smallest = -9999.0;

    /// <summary>Letters of all languages as they are: answers are JSON, never part of a page.</summary>
    public static JsonWriterOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>A new id such as <c>chatcmpl-…</c>.</summary>
    public static string NewId(string prefix) => $"{prefix}-{Guid.NewGuid():N}";

    /// <summary>Writes the property <c>usage</c>.</summary>
    public static void WriteUsage(Utf8JsonWriter json, in AnswerUsage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Prompt);
        json.WriteNumber("completion_tokens"u8, usage.Generated);
        json.WriteNumber("total_tokens"u8, usage.Prompt + usage.Generated);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.Cached);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details"u8);
        json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes the property <c>logprobs</c> of a chat's choice.</summary>
    /// <param name="json">The writer.</param>
    /// <param name="logprobs">Those of the tokens.</param>
    /// <param name="top">How many likely tokens; null for no log-probabilities at all.</param>
    public static void WriteLogprobs(Utf8JsonWriter json, List<TokenLogprobs> logprobs, int? top)
    {
        if (top is not int most)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        json.WriteStartObject("logprobs"u8);
        WriteTokens(json, "content", logprobs, most);
        json.WriteNull("refusal"u8);
        json.WriteEndObject();
    }

    /// <summary>Writes a list of tokens with their log-probabilities.</summary>
    public static void WriteTokens(Utf8JsonWriter json, string name, List<TokenLogprobs> logprobs, int top)
    {
        json.WriteStartArray(name);
        foreach (TokenLogprobs one in logprobs)
        {
            json.WriteStartObject();
            WriteToken(json, one.Token);
            json.WriteStartArray("top_logprobs"u8);
            for (int i = 0; i < Math.Min(top, one.Top.Count); i++)
            {
                json.WriteStartObject();
                WriteToken(json, one.Top[i]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The text of a token; part of a character is the sign for what can't be read.</summary>
    public static string TextOf(TokenLogprob token) => Encoding.UTF8.GetString(token.Bytes.Span);

    /// <summary>A log-probability as a number of JSON.</summary>
    public static double Finite(double logprob) => Math.Max(logprob, Smallest);

    private static void WriteToken(Utf8JsonWriter json, TokenLogprob token)
    {
        json.WriteString("token"u8, TextOf(token));
        json.WriteNumber("logprob"u8, Finite(token.Logprob));
        json.WriteStartArray("bytes"u8);
        foreach (byte one in token.Bytes.Span)
        {
            json.WriteNumberValue(one);
        }

        json.WriteEndArray();
    }
}

/// <summary>What an answer took, all its choices together.</summary>
/// <param name="Prompt">Tokens of the prompts, each counted once.</param>
/// <param name="Cached">Of them, those that were found.</param>
/// <param name="Generated">Tokens of all choices.</param>
/// <param name="Reasoning">Of them, those that the model thought before it answered.</param>
internal readonly record struct AnswerUsage(long Prompt, long Cached, long Generated, long Reasoning)
{
    /// <summary>Adds the choices of one prompt.</summary>
    /// <param name="choices">What each took; the prompt is what the first one found.</param>
    public AnswerUsage With(IReadOnlyList<ChoiceEnd> choices) => new(
        Prompt + choices[0].Usage.ReusedTokens + choices[0].Usage.ComputedTokens,
        Cached + choices[0].Usage.ReusedTokens,
        Generated + choices.Sum(choice => (long)choice.Usage.GeneratedTokens),
        Reasoning + choices.Sum(choice => (long)choice.Reasoning));
}
