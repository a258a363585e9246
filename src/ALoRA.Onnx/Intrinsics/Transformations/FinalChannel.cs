using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>
/// Cuts the final channel out of OpenAI's Harmony format, <c>&lt;|channel|&gt; final &lt;|message|&gt; … &lt;|end|&gt;</c>, token by token:
/// texts that only join to a mark do not count.
/// </summary>
internal static class FinalChannel
{
    /// <summary>The tokens of the last final channel; null where there is none or it is empty.</summary>
    public static ResponseLogprobs? Find(ResponseLogprobs logprobs)
    {
        IReadOnlyList<ResponseLogprobs.Token> tokens = logprobs.Tokens;
        int? start = null;
        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Text == "<|channel|>" && Message(tokens, i) is { } message)
            {
                start = message + 1;
                i = message;
            }
        }

        if (start is not { } first)
        {
            return null;
        }

        ResponseLogprobs.Token[] channel =
            [.. tokens.Skip(first).TakeWhile(token => token.Text is not ("<|end|>" or "<|return|>" or "<|end_of_text|>"))];
        return channel.Length == 0 ? null : new ResponseLogprobs(channel);
    }

    private static int? Message(IReadOnlyList<ResponseLogprobs.Token> tokens, int channel)
    {
        int name = SkipSpace(tokens, channel + 1);
        int message = SkipSpace(tokens, name + 1);
        return message < tokens.Count && PythonStrip.Strip(tokens[name].Text, null) == "final" && tokens[message].Text == "<|message|>"
            ? message
            : null;
    }

    private static int SkipSpace(IReadOnlyList<ResponseLogprobs.Token> tokens, int i)
    {
        while (i < tokens.Count && PythonStrip.Strip(tokens[i].Text, null).Length == 0)
        {
            i++;
        }

        return i;
    }
}
