using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Operators;

/// <summary>
/// Operators of one execution provider, in memory that is never freed: ONNX Runtime reads it until the last session that was opened
/// with it is disposed. So there is one for the process, see <see cref="OperatorSupport"/>. Any thread.
/// </summary>
internal sealed unsafe class OperatorDomain
{
    /// <summary>The domain's name in graphs.</summary>
    public const string Name = "alora";

    /// <summary>The domain's version in graphs.</summary>
    public const int Version = 1;

    /// <summary>Name under which a session's options tell its kernels the threads of a run, as nothing else does.</summary>
    public const string ThreadsEntry = "alora.threads";

    private readonly OrtApi _api;
    private readonly nint _domain;

    /// <summary>Makes a domain for the rest of the process.</summary>
    /// <param name="api">The API.</param>
    /// <param name="operators">Its operators. Of one name there may be several that differ in the types of inputs.</param>
    public OperatorDomain(OrtApi api, params IReadOnlyList<OperatorDefinition> operators)
    {
        _api = api;
        nint domain;
        fixed (byte* name = OrtApi.Utf8(Name))
        {
            OrtApi.Check(api.Table, ((delegate* unmanaged<byte*, nint*, nint>)api.Table[OrtEntry.CreateDomain])(name, &domain));
        }

        foreach (OperatorDefinition definition in operators)
        {
            OperatorBlock* block = OperatorBlock.Create(api, definition);
            OrtApi.Check(
                api.Table, ((delegate* unmanaged<nint, OrtCustomOp*, nint>)api.Table[OrtEntry.DomainAdd])(domain, &block->Operator));
        }

        _domain = domain;
    }

    /// <summary>Lets sessions that are opened with these options have the operators.</summary>
    /// <param name="options">The options, whose number of threads is set.</param>
    public void AddTo(SessionOptions options)
    {
        options.AddSessionConfigEntry(ThreadsEntry, options.IntraOpNumThreads.ToString(CultureInfo.InvariantCulture));
        OrtApi.Check(
            _api.Table,
            ((delegate* unmanaged<nint, nint, nint>)_api.Table[OrtEntry.AddDomain])(options.DangerousGetHandle(), _domain));
        GC.KeepAlive(options);
    }
}
