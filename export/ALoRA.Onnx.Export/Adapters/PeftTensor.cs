namespace ALoRA.Onnx.Export;

/// <summary>A tensor of an adapter file.</summary>
/// <param name="Name">Its name, such as <c>base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight</c>.</param>
/// <param name="Encoding">How its elements are stored.</param>
/// <param name="Shape">Its sizes: A [r, in], B [out, r].</param>
public sealed record PeftTensor(string Name, TensorEncoding Encoding, IReadOnlyList<long> Shape);
