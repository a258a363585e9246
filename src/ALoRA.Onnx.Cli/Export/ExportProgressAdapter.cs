using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>Shows an export's progress in words.</summary>
internal sealed class ExportProgressAdapter(IProgress<ProgressState> display) : IProgress<ExportProgress>
{
    public void Report(ExportProgress value) => display.Report(new ProgressState(Describe(value.Stage), value.BytesDone, value.BytesTotal));

    private static string Describe(ExportStage stage) => stage switch
    {
        ExportStage.Check => "Checking the checkpoint",
        ExportStage.Calibrate => "Quantizing on the calibration text",
        ExportStage.Weights => "Writing weights",
        ExportStage.Finish => "Writing graph and tokenizer",
        _ => stage.ToString(),
    };
}
