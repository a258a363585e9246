using ALoRA.Onnx.Export.Training;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>
/// Which inputs of A a run leaves out: a function of seed, run and place, so that the same training leaves the same out on any machine.
/// </summary>
/// <param name="share">Share that is left out.</param>
/// <param name="seed">Any number.</param>
internal sealed class DropoutMasks(double share, ulong seed)
{
    private const int BitsOfElement = 16;
    private const int ElementsOfWord = 64 / BitsOfElement;

    private readonly uint _left = (uint)Math.Round(share * (1 << BitsOfElement));

    /// <summary>Adds a mask for each branch: 0 for what is left out, and what keeps the mean for the rest.</summary>
    public void Add(BatchInputs inputs, IReadOnlyList<TrainedBranch> branches, IReadOnlySet<string> ofHeadRows, ulong run)
    {
        float kept = (float)(1 / (1 - share));
        for (int i = 0; i < branches.Count; i++)
        {
            TrainedBranch branch = branches[i];
            int rows = ofHeadRows.Contains(branch.Prefix) ? inputs.Shape.Heads : inputs.Shape.Suffix;
            Span<float> mask = inputs.Add(TrainingInputs.DropoutOf(branch.Prefix), inputs.Shape.Count, rows, branch.InputSize);
            ulong state = Mix(Mix(seed) ^ Mix((run << 20) + (ulong)i));
            ulong word = 0;
            for (int at = 0; at < mask.Length; at++)
            {
                word = at % ElementsOfWord == 0 ? Mix(state += 0x9E3779B97F4A7C15) : word >> BitsOfElement;
                mask[at] = (word & ((1 << BitsOfElement) - 1)) < _left ? 0 : kept;
            }
        }
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
