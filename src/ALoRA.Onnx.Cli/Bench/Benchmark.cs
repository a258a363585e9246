using System.Diagnostics;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>
/// Measures one model, or two in turns: memory of opening first, then everything at each length,
/// the shortest first, then the time of opening. Nothing else should run on the machine.
/// </summary>
internal sealed class Benchmark(BenchmarkRequest request, IReadOnlyList<BenchmarkSubject> subjects, IProgress<ProgressState> progress)
{
    // Enough for what takes seconds with a large model.
    private const int MostOpenings = 3;

    private readonly InterleavedRuns _interleaved = new(progress);

    /// <summary>Measures everything.</summary>
    /// <exception cref="ArgumentException">Something that was asked for cannot be measured on these models.</exception>
    public async Task<BenchmarkReport> RunAsync(CancellationToken cancellationToken)
    {
        // Asking for it loads ONNX Runtime, which is not to count as memory of a model.
        MachineDescription machine = MachineDescription.OfThisOne();
        foreach (BenchmarkSubject subject in subjects)
        {
            progress.Report(new ProgressState($"Opening {subject.Folder}", 0, 0));
            await subject.MeasureMemoryAsync(cancellationToken);
        }

        BenchmarkPlan plan = BenchmarkPlan.Of(request, [.. subjects.Select(subject => subject.Model)]);
        LengthGate gate = new(plan);
        int[] tokens = CreateTokens(subjects.Min(subject => subject.Model.Manifest.VocabularySize), plan.Lengths.Last());
        foreach (int length in plan.Lengths)
        {
            bool isPrefill = gate.IsOpen(BenchmarkPlan.PrefillOption, plan.Prefill, length);
            bool isContext = gate.IsOpen(BenchmarkPlan.ContextOption, plan.Contexts, length);
            if (isPrefill || isContext)
            {
                gate.Passed(length, await MeasureAtAsync(tokens.AsMemory(0, length), isPrefill, isContext, plan, cancellationToken));
            }
        }

        long resident = Environment.WorkingSet;
        foreach (BenchmarkSubject subject in subjects)
        {
            subject.AddAllocated();
        }

        await MeasureOpeningsAsync(plan, cancellationToken);
        return new BenchmarkReport(machine, [.. subjects.Select(subject => subject.Result())], gate.LeftOut, resident);
    }

    // Last, because memory of models that were closed does not all go back to the system.
    private Task MeasureOpeningsAsync(BenchmarkPlan plan, CancellationToken cancellationToken) => _interleaved.MeasureAsync(
        0,
        Math.Min(MostOpenings, plan.Repetitions),
        [.. subjects.Select(subject => new Figure(subject, Figures.Open, Units.Milliseconds, () => subject.OpenAsync(cancellationToken)))],
        isWarm: true);

    // Gives the time that computing the conversation once took.
    private async Task<TimeSpan> MeasureAtAsync(
        ReadOnlyMemory<int> tokens, bool isPrefill, bool isContext, BenchmarkPlan plan, CancellationToken cancellationToken)
    {
        LengthRuns[] runs = [.. subjects.Select(subject => new LengthRuns(subject, plan, tokens, cancellationToken))];
        try
        {
            long started = Stopwatch.GetTimestamp();
            foreach (LengthRuns run in runs)
            {
                await run.PrefillAsync();
            }

            TimeSpan time = Stopwatch.GetElapsedTime(started);
            if (isPrefill)
            {
                await _interleaved.MeasureAsync(tokens.Length, plan.Repetitions, [.. LengthFigures.Prefill(runs)], isWarm: true);
            }

            if (isContext)
            {
                await MeasureDecodeAsync(tokens.Length, plan, runs);
                await MeasureIntrinsicsAsync(tokens.Length, plan, runs);
            }

            return time;
        }
        finally
        {
            Array.ForEach(runs, run => run.Dispose());
        }
    }

    private async Task MeasureDecodeAsync(int length, BenchmarkPlan plan, LengthRuns[] runs)
    {
        using ReadBandwidth? memory = subjects.Any(subject => subject.IsOnProcessor) ? new ReadBandwidth() : null;
        await _interleaved.MeasureAsync(length, plan.Repetitions, [.. LengthFigures.Decode(runs, plan, memory)]);
        foreach (BenchmarkSubject subject in subjects)
        {
            subject.AddDecodeTraffic(length);
        }
    }

    private async Task MeasureIntrinsicsAsync(int length, BenchmarkPlan plan, LengthRuns[] runs)
    {
        if (plan.Adapter is not null)
        {
            await _interleaved.MeasureAsync(length, plan.Repetitions, [.. LengthFigures.Intrinsic(runs)]);
        }

        if (plan.Fanout > 0)
        {
            await _interleaved.MeasureAsync(length, plan.Repetitions, [.. LengthFigures.Fanout(runs, plan)]);
        }
    }

    // Any ids do, as time does not depend on them; the same ones make runs comparable.
    private static int[] CreateTokens(int vocabulary, int count)
    {
        Random random = new(1);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(vocabulary))];
    }
}
