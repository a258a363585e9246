using ALoRA.Onnx.Export.Adapters.Binding;

namespace ALoRA.Onnx.Export.Adapters.Gguf;

/// <summary>One matrix of a low-rank pair.</summary>
/// <param name="Tensor">The tensor as stored: A <c>[r, in]</c>, B <c>[out, r]</c>.</param>
/// <param name="GgufModule">The module as the file names it, such as <c>blk.0.attn_q</c>.</param>
/// <param name="Module">The module as Hugging Face names it.</param>
/// <param name="Part">A or B.</param>
internal sealed record GgufLoraTensor(CheckpointTensor Tensor, string GgufModule, string Module, LoraPart Part)
{
    /// <summary>The name that PEFT gives the tensor.</summary>
    public string PeftName => new PeftTensorName(Module, Part).ToString();
}
