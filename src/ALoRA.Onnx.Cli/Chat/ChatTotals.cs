using System.Globalization;

namespace ALoRA.Onnx.Cli.Chat;

/// <summary>What a chat has computed so far.</summary>
internal sealed class ChatTotals
{
    private int _answers;
    private long _reused;
    private long _computed;
    private long _generated;
    private double _seconds;

    public void Add(ChatAnswer answer)
    {
        _answers++;
        Add(answer.Prefill);
        Add(answer.Generation);
    }

    public void Add(TokenUsage usage)
    {
        _reused += usage.ReusedTokens;
        _computed += usage.ComputedTokens;
        _generated += usage.GeneratedTokens;
        _seconds += usage.TimeToFirstToken.TotalSeconds + (usage.TimePerToken.TotalSeconds * Math.Max(0, usage.GeneratedTokens - 1));
    }

    /// <summary>The figures, one a line.</summary>
    /// <param name="length">Tokens in the conversation.</param>
    /// <param name="most">Tokens that it may have.</param>
    public string Describe(int length, int most) => string.Create(
        CultureInfo.InvariantCulture,
        $"answers           {_answers:N0}\ntokens reused     {_reused:N0}\ntokens computed   {_computed:N0}\ntokens "
        + $"generated  {_generated:N0}\n"
        + $"time              {_seconds:0.0} s\ncontext           {length:N0} of {most:N0} tokens");
}
