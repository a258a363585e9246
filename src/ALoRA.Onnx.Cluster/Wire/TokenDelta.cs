namespace ALoRA.Onnx.Cluster.Wire;

/// <summary><see cref="GeneratedToken"/> on its way.</summary>
[GenerateSerializer]
[Alias("alora.token")]
internal readonly record struct TokenDelta
{
    [Id(0)]
    public int Token { get; init; }

    [Id(1)]
    public string? Text { get; init; }

    [Id(2)]
    public LogprobsForm? Logprobs { get; init; }

    /// <summary><see cref="FinishReason"/> as a number; null while there is none.</summary>
    [Id(3)]
    public int? Finish { get; init; }

    [Id(4)]
    public UsageForm? Usage { get; init; }

    public static TokenDelta Of(GeneratedToken token) => new()
    {
        Token = token.Id,
        Text = token.Text.Length == 0 ? null : token.Text,
        Logprobs = token.Logprobs is null ? null : LogprobsForm.Of(token.Logprobs),
        Finish = (int?)token.FinishReason,
        Usage = token.Usage is null ? null : UsageForm.Of(token.Usage),
    };

    public GeneratedToken Read() => new()
    {
        Id = Token,
        Text = Text ?? "",
        Logprobs = Logprobs?.Read(),
        FinishReason = (FinishReason?)Finish,
        Usage = Usage?.Read(),
    };
}

/// <summary><see cref="TokenLogprobs"/> on their way.</summary>
[GenerateSerializer]
[Alias("alora.logprobs")]
internal sealed record LogprobsForm
{
    [Id(0)]
    public LogprobForm Token { get; init; }

    [Id(1)]
    public LogprobForm[] Top { get; init; } = [];

    /// <summary>The token among all tokens; null where that is the same.</summary>
    [Id(2)]
    public LogprobForm? Unconstrained { get; init; }

    [Id(3)]
    public LogprobForm[]? UnconstrainedTop { get; init; }

    public static LogprobsForm Of(TokenLogprobs logprobs)
    {
        bool isSame = ReferenceEquals(logprobs.Top, logprobs.UnconstrainedTop);
        return new LogprobsForm
        {
            Token = LogprobForm.Of(logprobs.Token),
            Top = [.. logprobs.Top.Select(LogprobForm.Of)],
            Unconstrained = isSame ? null : LogprobForm.Of(logprobs.UnconstrainedToken),
            UnconstrainedTop = isSame ? null : [.. logprobs.UnconstrainedTop.Select(LogprobForm.Of)],
        };
    }

    public TokenLogprobs Read()
    {
        TokenLogprob[] top = [.. Top.Select(one => one.Read())];
        return new TokenLogprobs
        {
            Token = Token.Read(),
            Top = top,
            UnconstrainedToken = (Unconstrained ?? Token).Read(),
            UnconstrainedTop = UnconstrainedTop is null ? top : [.. UnconstrainedTop.Select(one => one.Read())],
        };
    }
}

/// <summary><see cref="TokenLogprob"/> on its way.</summary>
[GenerateSerializer]
[Alias("alora.logprob")]
internal readonly record struct LogprobForm
{
    [Id(0)]
    public int Token { get; init; }

    [Id(1)]
    public byte[]? Bytes { get; init; }

    [Id(2)]
    public double Logprob { get; init; }

    public static LogprobForm Of(TokenLogprob one) => new() { Token = one.Id, Bytes = one.Bytes.ToArray(), Logprob = one.Logprob };

    public TokenLogprob Read() => new(Token, Bytes, Logprob);
}
