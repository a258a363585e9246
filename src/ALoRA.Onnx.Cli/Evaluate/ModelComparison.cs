using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Runs two open models over the same tokens and compares their distributions at every position.</summary>
internal sealed class ModelComparison(AloraModel model, AloraModel reference, IProgress<ProgressState> progress)
{
    // Logits of so many rows are in memory at once, for each model: 50 MB at a vocabulary of 49,152.
    private const int RowsAtOnce = 64;

    /// <summary>Compares on windows of text, each from an empty context.</summary>
    /// <exception cref="FormatException">The models have different vocabularies.</exception>
    public async Task<QualityFigures> RunAsync(IReadOnlyList<int[]> windows, CancellationToken cancellationToken)
    {
        if (model.Manifest.VocabularySize != reference.Manifest.VocabularySize)
        {
            throw new FormatException(
                $"{model.Folder} has {model.Manifest.VocabularySize} token ids, the reference has {reference.Manifest.VocabularySize}. "
                + "Compare exports of one checkpoint.");
        }

        DivergenceMeter meter = new();
        using Conversation conversation = model.CreateConversation();
        using Conversation referenceConversation = reference.CreateConversation();
        long done = 0;
        long total = windows.Sum(window => (long)window.Length);
        foreach (int[] window in windows)
        {
            conversation.Rewind(0);
            referenceConversation.Rewind(0);
            for (int start = 0; start < window.Length; start += RowsAtOnce)
            {
                progress.Report(new ProgressState("Comparing", done, total, "tokens"));
                int count = Math.Min(RowsAtOnce, window.Length - start);
                ForwardOptions options = new() { LogitsPositions = [.. Enumerable.Range(0, count)] };
                Logits logits = await conversation.ForwardAsync(window.AsMemory(start, count), options, cancellationToken);
                Logits wanted = await referenceConversation.ForwardAsync(window.AsMemory(start, count), options, cancellationToken);
                for (int i = 0; i < count; i++)
                {
                    int next = start + i + 1;
                    meter.Add(wanted[i], logits[i], next < window.Length ? window[next] : null);
                }

                done += count;
            }
        }

        return meter.Figures();
    }
}
