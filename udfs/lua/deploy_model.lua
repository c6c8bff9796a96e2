--- SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL: deploying with all options, a job or a model by its name.
local arguments = require("arguments")
local dictionary = require("dictionary")
local endpoint_options = require("endpoint_options")
local deploy = require("deploy")
local versions = require("versions")
local promotion = require("promotion")

local M = {}

--- Deploys a job, or of a model the version that is given, else the promoted one, else the
-- newest Completed one.
function M.main(json_text)
    local given = endpoint_options.check(arguments.read_json(json_text))
    if given.model_name ~= nil then
        given.job_name = versions.completed(given.model_name,
            given.version or promotion.promoted_version(given.model_name),
            dictionary.connection(given.aws_credentials_connection_name), given.aws_region).job_name
    end
    return deploy.deploy(given)
end

return M
