namespace ALoRA.Onnx.Export.Output;

/// <summary>Names of the files in a model folder.</summary>
internal static class ModelFolderFiles
{
    public const string Manifest = "alora_config.json";
    public const string Graph = "model.onnx";
    public const string BaseGraph = "base.onnx";
    public const string FanoutGraph = "fanout.onnx";
    public const string BranchesGraph = "branches.onnx";
    public const string FusedGraph = "fused.onnx";
    public const string StepGraph = "step.onnx";
    public const string FusedBFloat16Graph = "fused_bfloat16.onnx";
    public const string BatchGraph = "batch.onnx";
    public const string BatchBFloat16Graph = "batch_bfloat16.onnx";
    public const string GenAIGraph = "genai.onnx";
    public const string GenAIConfig = "genai_config.json";
    public const string Weights = "model.onnx.data";
    public const string Adapters = "adapters";
}
