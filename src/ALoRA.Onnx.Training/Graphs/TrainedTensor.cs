namespace ALoRA.Onnx.Training.Graphs;

/// <summary>What a parameter will be, before there is memory for it.</summary>
/// <param name="Name">PEFT's name.</param>
/// <param name="Shape">PEFT's shape.</param>
/// <param name="GraphName">Name of the graph's input.</param>
internal sealed record TensorPlan(string Name, IReadOnlyList<int> Shape, string GraphName);

/// <summary>A parameter of PEFT's files, unscaled, with its gradient.</summary>
/// <param name="name">PEFT's name, such as <c>base_model.model.model.layers.0.mlp.down_proj.lora_A.weight</c>.</param>
/// <param name="shape">[r, in] of an A, [out, r] of a B, [out] of a B's bias.</param>
/// <param name="graphName">Name of the graph's input.</param>
internal sealed class TrainedTensor(string name, IReadOnlyList<int> shape, string graphName)
{
    /// <summary>PEFT's name.</summary>
    public string Name => name;

    /// <summary>PEFT's shape.</summary>
    public IReadOnlyList<int> Shape => shape;

    /// <summary>Name of the graph's input.</summary>
    public string GraphName => graphName;

    /// <summary>Whether it is an A, which begins at random numbers; everything else begins at zero.</summary>
    public bool IsA => name.EndsWith(".lora_A.weight", StringComparison.Ordinal);

    /// <summary>The elements, row by row; written to at any time between two runs.</summary>
    public float[] Values { get; } = GC.AllocateArray<float>(shape.Aggregate((a, b) => a * b), pinned: true);

    /// <summary>The gradient, added up since it was cleared.</summary>
    public float[] Gradient { get; } = GC.AllocateArray<float>(shape.Aggregate((a, b) => a * b), pinned: true);
}
