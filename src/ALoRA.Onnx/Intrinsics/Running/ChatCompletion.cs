using System.Text;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>
/// Writes a run as the chat completion that a server would give, with log-probabilities
/// laid out so that the token texts join to the content.
/// </summary>
internal static class ChatCompletion
{
    // What servers write in place of minus infinity, which is no JSON.
    private const double Smallest = -9999.0;

    public static JsonObject Of(IntrinsicResult run)
    {
        JsonArray tokens = TokensOf(run, out string joined);

        // Some tokenizers drop a space at the start of a text, which would move all positions.
        string content = run.Logprobs.Count == 0 || run.FinishReason == FinishReason.StopString ? run.Text : joined;
        JsonObject choice = new()
        {
            ["index"] = 0,
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = content },
            ["finish_reason"] = run.FinishReason is FinishReason.MaxNewTokens or FinishReason.ContextFull ? "length" : "stop",
        };
        if (run.Logprobs.Count > 0)
        {
            choice["logprobs"] = new JsonObject { ["content"] = tokens };
        }

        return new JsonObject
        {
            ["object"] = "chat.completion",
            ["choices"] = new JsonArray(choice),
            ["usage"] = new JsonObject
            {
                ["prompt_tokens"] = run.Usage.ReusedTokens + run.Usage.ComputedTokens,
                ["completion_tokens"] = run.Usage.GeneratedTokens,
                ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = run.Usage.ReusedTokens },
            },
        };
    }

    // A character of several tokens belongs to the one that completes it.
    private static JsonArray TokensOf(IntrinsicResult run, out string joined)
    {
        Decoder decoder = Encoding.UTF8.GetDecoder();
        StringBuilder text = new();
        JsonArray tokens = [];
        bool endsInStop = run.FinishReason == FinishReason.StopToken;
        foreach (TokenLogprobs logprobs in run.Logprobs.Take(run.Logprobs.Count - (endsInStop ? 1 : 0)))
        {
            char[] characters = new char[decoder.GetCharCount(logprobs.Token.Bytes.Span, flush: false)];
            int count = decoder.GetChars(logprobs.Token.Bytes.Span, characters, flush: false);
            string token = new(characters, 0, count);
            text.Append(token);
            tokens.Add((JsonNode)new JsonObject
            {
                ["token"] = token,
                ["logprob"] = Math.Max(logprobs.Token.Logprob, Smallest),
                ["top_logprobs"] = new JsonArray([.. logprobs.Top.Select(top => Alternative(top, logprobs.Token, token))]),
            });
        }

        joined = text.ToString();
        return tokens;
    }

    // The token itself must read the same among its alternatives.
    private static JsonObject Alternative(TokenLogprob alternative, TokenLogprob chosen, string chosenText) => new()
    {
        ["token"] = alternative.Id == chosen.Id ? chosenText : Encoding.UTF8.GetString(alternative.Bytes.Span),
        ["logprob"] = Math.Max(alternative.Logprob, Smallest),
    };
}
