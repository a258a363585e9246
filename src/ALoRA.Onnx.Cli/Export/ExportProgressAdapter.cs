using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>Shows an export's progress in the library's own words.</summary>
internal sealed class ExportProgressAdapter(IProgress<ProgressState> display) : IProgress<ExportProgress>
{
    public void Report(ExportProgress value) => display.Report(
        new ProgressState((value with { BytesTotal = 0 }).ToString(), value.BytesDone, value.BytesTotal));
}
