using ALoRA.Onnx.Export.Architectures;

namespace ALoRA.Onnx.Export.Calibration;

/// <summary>Reads and checks the calibration text.</summary>
internal static class CalibrationTokens
{
    /// <exception cref="ArgumentException">There are no tokens, or some that the model does not have.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> Read(ICalibration calibration, string folder, DecoderBlueprint blueprint)
    {
        IReadOnlyList<IReadOnlyList<int>> sequences = calibration.ReadTokens(folder, blueprint.VocabSize);
        if (sequences.Count == 0 || sequences.Any(sequence => sequence.Count == 0))
        {
            throw new ArgumentException(
                "The calibration text: expected sequences of at least one token, got an empty one or none.", nameof(calibration));
        }

        foreach (IReadOnlyList<int> sequence in sequences)
        {
            if (sequence.Count > blueprint.MaxPositions)
            {
                throw new ArgumentException(
                    $"The calibration text: expected sequences of at most {blueprint.MaxPositions} tokens, the model's "
                    + $"context, got {sequence.Count}.",
                    nameof(calibration));
            }

            foreach (int id in sequence)
            {
                if ((uint)id >= (uint)blueprint.VocabSize)
                {
                    throw new ArgumentException(
                        $"The calibration text: expected token ids below {blueprint.VocabSize}, the model's vocabulary, got {id}.",
                        nameof(calibration));
                }
            }
        }

        return sequences;
    }
}
