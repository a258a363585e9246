using System.Numerics.Tensors;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Collects how two models differ, row of logits by row of logits. Not thread-safe.</summary>
internal sealed class DivergenceMeter
{
    private readonly List<double> _divergences = [];
    private float[] _reference = [];
    private float[] _model = [];
    private double _referenceLoss;
    private double _modelLoss;
    private int _predicted;
    private int _agreed;

    /// <summary>Adds a position.</summary>
    /// <param name="reference">Logits of the reference, <c>[vocab]</c>.</param>
    /// <param name="model">Logits of the model, <c>[vocab]</c>.</param>
    /// <param name="next">The id that follows in the text; null at its end.</param>
    public void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> model, int? next)
    {
        double referenceNormalizer = Exponentials(reference, ref _reference);
        double modelNormalizer = Exponentials(model, ref _model);

        // KL(P || Q) = Σ p (log p - log q), with log p = logit - normalizer.
        double sum = 0;
        double total = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double p = _reference[i];
            total += p;
            sum += p == 0 ? 0 : p * ((double)reference[i] - model[i]);
        }

        _divergences.Add((sum / total) - referenceNormalizer + modelNormalizer);
        if (TensorPrimitives.IndexOfMax(reference) == TensorPrimitives.IndexOfMax(model))
        {
            _agreed++;
        }

        if (next is { } id)
        {
            _referenceLoss += referenceNormalizer - reference[id];
            _modelLoss += modelNormalizer - model[id];
            _predicted++;
        }
    }

    /// <summary>What was collected so far.</summary>
    /// <exception cref="InvalidOperationException">Nothing was.</exception>
    public QualityFigures Figures()
    {
        if (_predicted == 0)
        {
            throw new InvalidOperationException("No position was compared.");
        }

        double[] sorted = [.. _divergences.Order()];
        return new QualityFigures(
            Positions: sorted.Length,
            MeanDivergence: sorted.Average(),
            MedianDivergence: sorted[sorted.Length / 2],
            HighDivergence: sorted[Math.Min(sorted.Length - 1, sorted.Length * 99 / 100)],
            Agreement: (double)_agreed / sorted.Length,
            ReferencePerplexity: Math.Exp(_referenceLoss / _predicted),
            ModelPerplexity: Math.Exp(_modelLoss / _predicted));
    }

    // exp(logit - largest) into the buffer; returns log Σ exp(logit).
    private static double Exponentials(ReadOnlySpan<float> logits, ref float[] buffer)
    {
        if (buffer.Length != logits.Length)
        {
            buffer = new float[logits.Length];
        }

        float largest = TensorPrimitives.Max(logits);
        TensorPrimitives.Subtract(logits, largest, buffer);
        TensorPrimitives.Exp(buffer, buffer);
        double sum = 0;
        foreach (float value in buffer)
        {
            sum += value;
        }

        return largest + Math.Log(sum);
    }
}
