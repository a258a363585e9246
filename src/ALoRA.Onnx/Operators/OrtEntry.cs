namespace ALoRA.Onnx.Operators;

/// <summary>Places in the table of ONNX Runtime's C API, by <c>offsetof</c> from <c>onnxruntime_c_api.h</c>.</summary>
internal static class OrtEntry
{
    /// <summary><c>CreateStatus</c>.</summary>
    public const int CreateStatus = 0;

    /// <summary><c>GetErrorMessage</c>.</summary>
    public const int GetErrorMessage = 2;

    /// <summary><c>CreateCustomOpDomain</c>.</summary>
    public const int CreateDomain = 26;

    /// <summary><c>CustomOpDomain_Add</c>.</summary>
    public const int DomainAdd = 27;

    /// <summary><c>AddCustomOpDomain</c>, to session options.</summary>
    public const int AddDomain = 28;

    /// <summary><c>GetTensorMutableData</c>.</summary>
    public const int TensorData = 51;

    /// <summary><c>GetDimensionsCount</c>.</summary>
    public const int DimensionsCount = 61;

    /// <summary><c>KernelContext_GetInput</c>.</summary>
    public const int Input = 90;

    /// <summary><c>KernelContext_GetOutput</c>.</summary>
    public const int Output = 91;

    /// <summary><c>ReleaseStatus</c>.</summary>
    public const int ReleaseStatus = 93;

    /// <summary><c>KernelInfoGetAttributeArray_float</c>.</summary>
    public const int AttributeFloats = 162;

    /// <summary><c>KernelInfoGetAttributeArray_int64</c>.</summary>
    public const int AttributeIntegers = 163;

    /// <summary><c>KernelContext_GetGPUComputeStream</c>.</summary>
    public const int Stream = 193;

    /// <summary><c>KernelInfo_GetNodeName</c>.</summary>
    public const int NodeName = 244;

    /// <summary><c>ShapeInferContext_GetInputTypeShape</c>.</summary>
    public const int InferenceInput = 268;

    /// <summary><c>ShapeInferContext_SetOutputTypeShape</c>.</summary>
    public const int InferenceOutput = 270;

    /// <summary><c>KernelContext_ParallelFor</c>.</summary>
    public const int ParallelFor = 274;

    /// <summary><c>GetKeyValue</c>.</summary>
    public const int EntryOf = 297;

    /// <summary><c>ReleaseKeyValuePairs</c>.</summary>
    public const int ReleaseEntries = 300;

    /// <summary><c>KernelInfo_GetConfigEntries</c>.</summary>
    public const int Entries = 391;

    /// <summary><c>GetTensorElementTypeAndShapeDataReference</c>.</summary>
    public const int TensorShape = 414;
}
