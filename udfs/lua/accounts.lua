--- Which AWS account something is in. CONNECTIONs can be made anew and lead to another one, which
-- knows nothing of it: what AWS says there must not be taken for news of it.
local registry = require("registry")

local M = {}

--- The account in an ARN.
function M.in_arn(arn)
    return string.match(arn or "", "^arn:[^:]*:[^:]*:[^:]*:(%d+):")
end

--- The account of a job and all that was made of it: that of its role, for AWS takes no role of
-- another one. nil where the registry has the job no more.
function M.of_job(job_name)
    local job = job_name ~= nil
        and registry.find(registry.JOBS, job_name, {"IAM_SAGEMAKER_ROLE"}) or nil
    return job ~= nil and M.in_arn(job.IAM_SAGEMAKER_ROLE) or nil
end

--- Whether something is in the account that a CONNECTION leads to. Where its account is not known,
-- the CONNECTION must be the one that it was made with.
--
-- own: its account and connection. there: account and connection that are looked at.
function M.is_in(own, there)
    if own.account == nil then
        return own.connection == there.connection
    end
    return own.account == there.account
end

return M
