using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace ALoRA.Onnx.Benchmarks;

/// <summary>One process on one core, where every run takes tenths of a second: each is measured for itself.</summary>
internal sealed class TokenizerConfig : ManualConfig
{
    public TokenizerConfig()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithAffinity(1)
            .WithStrategy(RunStrategy.Monitoring)
            .WithInvocationCount(1)
            .WithUnrollFactor(1)
            .WithWarmupCount(2)
            .WithIterationCount(9));
        AddDiagnoser(MemoryDiagnoser.Default);
        AddColumn(StatisticColumn.Median, StatisticColumn.Min);
        HideColumns(Column.Job, Column.InvocationCount, Column.UnrollFactor, Column.Gen0, Column.Gen1, Column.Gen2);
    }
}
