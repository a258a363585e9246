using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>Refuses to go on with a checkpoint of another training, which would be neither of both.</summary>
internal static class ResumeCheck
{
    /// <summary>Compares what decides the result.</summary>
    /// <param name="path">The checkpoint, for the message.</param>
    /// <param name="before">What was trained.</param>
    /// <param name="now">What is to be trained.</param>
    /// <exception cref="FormatException">They differ; all differences are named.</exception>
    public static void Check(string path, TrainingState before, TrainingState now)
    {
        List<string> differences = [];
        Add("the data", before.Data, now.Data);
        Add("the base", before.Base, now.Base);
        foreach (string name in before.Options.Keys.Union(now.Options.Keys))
        {
            Add(name, before.Options.GetValueOrDefault(name, "nothing"), now.Options.GetValueOrDefault(name, "nothing"));
        }

        if (differences.Count > 0)
        {
            throw new CheckpointFormatException(
                $"{path} is the checkpoint of another training: {string.Join("; ", differences)}. Give what it was started with, or begin "
                + "anew without resuming.");
        }

        void Add(string name, string was, string isNow)
        {
            if (was != isNow)
            {
                differences.Add($"{name} was {was} and is {isNow}");
            }
        }
    }
}
