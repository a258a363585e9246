using System.Diagnostics.CodeAnalysis;
using ALoRA.Onnx.Server.Errors;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Access;

/// <summary>Tells by the header <c>Authorization</c> who sent a request. Thread-safe.</summary>
internal sealed class KeyRing
{
    private const string Bearer = "Bearer ";

    private readonly KeyFile? _users;
    private readonly KeyFile? _admins;

    /// <summary>Reads the key files.</summary>
    /// <exception cref="FormatException">A file can't be read or has no key.</exception>
    public KeyRing(ServerOptions options, ILogger<KeyRing> logger)
    {
        _users = options.ApiKeyFile is { Length: > 0 } users ? new KeyFile(users, "--api-key-file", logger) : null;
        _admins = options.AdminKeyFile is { Length: > 0 } admins ? new KeyFile(admins, "--admin-key-file", logger) : null;
    }

    /// <summary>The caller.</summary>
    /// <param name="authorization">The header's value.</param>
    /// <exception cref="ApiError">401: there are keys, and this is none of them.</exception>
    public Caller Admit(string? authorization)
    {
        bool hasKey = TryRead(authorization, out string? key);
        if (hasKey && _admins?.Find(key!) is byte[] admin)
        {
            return CallerOf(admin, isAdmin: true);
        }

        // Where no keys are asked for, any is welcome: most clients always send one.
        if (_users is null)
        {
            return Caller.Anyone;
        }

        return hasKey && _users.Find(key!) is byte[] user
            ? CallerOf(user, isAdmin: false)
            : throw ApiError.Unauthorized(
                hasKey
                    ? "The API key is unknown. Ask whoever runs the server for one."
                    : "This server asks for an API key. Send the header Authorization: Bearer KEY.");
    }

    /// <summary>Refuses everyone but admins.</summary>
    /// <exception cref="ApiError">401 without a key, 403 with one that is no admin's, or where there are no admins.</exception>
    public void DemandAdmin(Caller caller, string? authorization)
    {
        if (caller.IsAdmin)
        {
            return;
        }

        throw _admins is null
            ? ApiError.Forbidden("This server has no admin keys, so that its admin endpoints are closed. Start it with --admin-key-file.")
            : TryRead(authorization, out _)
                ? ApiError.Forbidden("This needs an admin key, one of those in --admin-key-file.")
                : ApiError.Unauthorized("This needs an admin key. Send the header Authorization: Bearer KEY.");
    }

    private static Caller CallerOf(byte[] hash, bool isAdmin)
    {
        string name = Convert.ToHexStringLower(hash);
        return new Caller($"key-{name[..12]}", name, isAdmin);
    }

    private static bool TryRead(string? authorization, [NotNullWhen(true)] out string? key)
    {
        key = authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true
            ? authorization[Bearer.Length..].Trim()
            : null;
        return key is { Length: > 0 };
    }
}
