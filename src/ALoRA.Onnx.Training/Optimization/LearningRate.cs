namespace ALoRA.Onnx.Training.Optimization;

/// <summary>
/// The learning rate of each step, as Transformers' schedules have it: it rises from 0 in a straight line, step 0 has rate 0, and then
/// goes on as the schedule says.
/// </summary>
/// <param name="Highest">The rate at the end of the warm-up.</param>
/// <param name="Schedule">How it goes on.</param>
/// <param name="WarmupSteps">Steps over which it rises.</param>
/// <param name="Steps">All steps, of which the rate would be 0 behind the last one.</param>
internal sealed record LearningRate(double Highest, TrainingSchedule Schedule, int WarmupSteps, int Steps)
{
    private const int FewestWarmupSteps = 10;
    private const double WarmupShare = 0.03;

    /// <summary>Warm-up where none was asked for: 3 % and at least 10 steps, but at most half of all.</summary>
    public static int DefaultWarmup(int steps) =>
        Math.Min(Math.Max(FewestWarmupSteps, (int)Math.Ceiling(WarmupShare * steps)), steps / 2);

    /// <summary>The rate of a step, counted from 0.</summary>
    public double At(int step)
    {
        if (step < WarmupSteps)
        {
            return Highest * step / WarmupSteps;
        }

        double done = (double)(step - WarmupSteps) / Math.Max(1, Steps - WarmupSteps);
        return Schedule switch
        {
            TrainingSchedule.Constant => Highest,
            TrainingSchedule.Linear => Highest * Math.Max(0, 1 - done),
            TrainingSchedule.Cosine => Highest * Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * done))),
            _ => throw new ArgumentOutOfRangeException(nameof(step), Schedule, "Expected a known schedule."),
        };
    }
}
