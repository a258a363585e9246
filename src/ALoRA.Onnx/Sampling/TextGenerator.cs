namespace ALoRA.Onnx.Sampling;

/// <summary>Adds text to generated ids: decoding that never splits a character, and stop strings.</summary>
internal sealed class TextGenerator(TokenGenerator generator, SamplingSettings settings, HfTokenizer? tokenizer) : IDisposable
{
    private readonly StreamingDecoder? _decoder = tokenizer?.CreateStreamingDecoder();
    private readonly StopStrings _stops = new(settings.StopStrings);

    /// <summary>Takes the answer's first ids, which are in the sequence already, as if they had been chosen here.</summary>
    /// <exception cref="InvalidOperationException">The constraint does not allow them, or they end the answer.</exception>
    public void Replay(int answered)
    {
        for (int i = 0; i < answered; i++)
        {
            int id = generator.Replay();
            if (_decoder is not null && !IsHidden(id))
            {
                _stops.Push(_decoder.Append(id) ?? "");
            }
        }

        if (answered > 0 && (_stops.IsFound || generator.FinishReason is not null))
        {
            throw new InvalidOperationException("The answer that should be continued is at its end.");
        }
    }

    /// <summary>Generates the next token; its text may be empty until later ones complete it.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the ids so far stay in the sequence.</exception>
    public GeneratedToken Next(CancellationToken cancellationToken)
    {
        int id = generator.Next(cancellationToken);
        string text = _decoder is null || IsHidden(id) ? "" : _stops.Push(_decoder.Append(id) ?? "");
        if (generator.FinishReason is not null && !_stops.IsFound && _decoder is not null)
        {
            text += _stops.Push(_decoder.Flush()) + _stops.Flush();
        }

        if (_stops.IsFound)
        {
            generator.Stop();
        }

        return new GeneratedToken
        {
            Id = id,
            Text = text,
            Logprobs = generator.Logprobs,
            FinishReason = generator.FinishReason,
            Usage = generator.FinishReason is null ? null : generator.Usage,
        };
    }

    /// <inheritdoc cref="TokenGenerator.IsNextForced"/>
    public bool IsNextForced => generator.IsNextForced;

    /// <inheritdoc cref="TokenGenerator.Dispose"/>
    public void Dispose() => generator.Dispose();

    // What the decoder never sees is what decoding without special tokens leaves out.
    private bool IsHidden(int id) => tokenizer!.IsSpecial(id) && !settings.VisibleSpecialTokens.Contains(id);

    /// <summary>Generates all that is left.</summary>
    /// <inheritdoc cref="Next"/>
    public GenerationResult ToEnd(CancellationToken cancellationToken)
    {
        CollectedGeneration collected = new();
        while (collected.Result is null)
        {
            collected.Add(Next(cancellationToken));
        }

        return collected.Result;
    }
}
